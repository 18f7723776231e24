//! Who calls, and what they may do. Answers to loopback `lib/access-context.js`, `common/models/acl.js`,
//! `common/models/role.js` and `server/middleware/token.js`.
//!
//! A request brings a token ([`token`]); it becomes a caller ([`principal`]). The rules of a method are asked one after
//! the other, the strongest first ([`judge`]); what they say is yes, no, or which rows. That is asked of every model that
//! a request touches ([`guard`], [`related`]), and of the data that it brings ([`written`]). What is read from the database for that is kept for a while ([`authority`]).

mod audit;
mod authority;
mod context;
mod cookie;
mod explain;
mod functions;
mod guard;
mod judge;
mod options;
mod principal;
mod related;
mod roles;
mod token;
mod written;

pub use crate::graph::AclRule;
pub use audit::Alarm;
pub use context::{AccessContext, AccessRequest};
pub use explain::{Explained, ExplainedMethod, ExplainedRule};
pub(crate) use explain::{explain, unknown};
pub use functions::{check_access_for_context, check_access_for_token, check_permission, get_matching_score};
pub use options::{AuthOptions, DeniedInclude, TokenStorage};
pub use principal::Principal;
pub use token::TokenInfo;

pub(crate) use authority::model_of;
pub(crate) use authority::{Authority, Effect};
pub(crate) use context::Asked;
pub(crate) use cookie::{decoded as percent_decoded, sign};
pub(crate) use guard::{
    Grant, Hit, authorize, authorize_hop, authorize_upsert, is_asked, is_enforced, of_row, refused_to, seen, upserted,
};
pub(crate) use judge::{owner_condition, related_condition};
pub(crate) use options::{Auth, Listener};
pub(crate) use principal::{Caller, text};
pub(crate) use related::{asks_roles, guard_query, guard_related, guard_scoped, over_links, over_relation};
pub(crate) use roles::{is_in_role, role_names};
pub(crate) use token::{Places, authenticate, client_address, digest, is_still_good, network, new_token_id, resolve};
pub(crate) use written::{Written, guard_input, own_rows};
