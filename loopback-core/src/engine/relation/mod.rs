//! The methods of relations: from a row, over a relation, to other rows. REST routes and typed calls both come here.
//!
//! Answers to juggler `lib/relation-definition.js`.
