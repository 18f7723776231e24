"use strict";

// Who calls: an access token, typed in or got by a log-in. It is kept for this tab (`sessionStorage`) and sent with every
// request that the page makes to this server.

const session = (() => {
  const KEY = "loopback_explorer_session";
  const element = (id) => document.getElementById(id);
  const how = document.body.dataset.login;
  let facts = { send: {}, models: [] };
  // `{token, name?, model?, logout?}`
  let current = kept();

  function kept() {
    try {
      const stored = JSON.parse(sessionStorage.getItem(KEY));
      return stored && typeof stored.token === "string" ? stored : null;
    } catch {
      return null;
    }
  }

  function keep(next) {
    current = next;
    try {
      if (next) {
        sessionStorage.setItem(KEY, JSON.stringify(next));
      } else {
        sessionStorage.removeItem(KEY);
      }
    } catch {
      // Storage may be off; the session then ends with the page.
    }
    show();
  }

  function show() {
    const who = element("who");
    const logged = Boolean(current);
    element("token-form").hidden = logged;
    element("open-login").hidden = logged || facts.models.length === 0;
    element("logout").hidden = !logged;
    element("logout").textContent = current && current.logout ? "Log out" : "Forget token";
    who.hidden = !logged;
    who.replaceChildren();
    if (logged) {
      const name = document.createElement("b");
      name.textContent = current.name || "Access token";
      who.append(name, current.model ? ` ${current.model}` : ` …${current.token.slice(-4)}`);
    }
    element("token").value = "";
    if (logged) {
      open(false);
    }
  }

  function open(yes) {
    element("login-form").hidden = !yes;
    element("open-login").setAttribute("aria-expanded", String(yes));
    if (yes) {
      element("name").focus();
    } else {
      element("password").value = "";
      say("");
    }
  }

  function say(text) {
    const place = element("login-error");
    place.textContent = text;
    place.hidden = text === "";
  }

  function model() {
    return facts.models[element("model").selectedIndex] || facts.models[0];
  }

  function choose() {
    element("realm-row").hidden = !model()?.realm;
  }

  async function logIn(event) {
    event.preventDefault();
    const chosen = model();
    const name = element("name").value.trim();
    const credentials = { password: element("password").value };
    credentials[name.includes("@") ? "email" : "username"] = name;
    if (chosen.realm) {
      credentials.realm = element("realm").value.trim();
    }
    say("");
    try {
      const answer = await fetch(chosen.login, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(credentials),
        credentials: "omit",
      });
      const body = await answer.json();
      if (!answer.ok) {
        say(body?.error?.message || `The server answered ${answer.status}.`);
        return;
      }
      keep({ token: String(body.id), name, model: chosen.name, logout: chosen.logout });
    } catch {
      say("The server did not answer.");
    }
  }

  async function logOut() {
    const ending = current;
    keep(null);
    if (ending?.logout) {
      const request = sign({ url: ending.logout, headers: { Accept: "application/json" } }, ending.token);
      // One that has ended already is an error, and just as gone.
      await fetch(request.url, { method: "POST", headers: request.headers, credentials: "omit" }).catch(() => {});
    }
  }

  function sign(request, token) {
    if (facts.send.header) {
      request.headers = { ...request.headers, [facts.send.header]: token };
    } else if (facts.send.param) {
      const url = new URL(request.url, location.href);
      url.searchParams.set(facts.send.param, token);
      request.url = url.href;
    }
    return request;
  }

  async function start() {
    if (!how) {
      return;
    }
    document.body.classList.add("has-session");
    element("session").hidden = false;
    const answer = await fetch(how, { headers: { Accept: "application/json" } });
    facts = await answer.json();
    element("model").replaceChildren(
      ...facts.models.map(({ name }) => {
        const option = document.createElement("option");
        option.textContent = name;
        return option;
      }),
    );
    element("model-row").hidden = facts.models.length < 2;
    element("model").addEventListener("change", choose);
    choose();
    element("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const token = element("token").value.trim();
      if (token) {
        keep({ token });
      }
    });
    element("open-login").addEventListener("click", () => open(element("login-form").hidden));
    element("login-form").addEventListener("submit", logIn);
    element("logout").addEventListener("click", logOut);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        open(false);
      }
    });
    document.addEventListener("click", (event) => {
      if (!element("session").contains(event.target)) {
        open(false);
      }
    });
    show();
  }

  const ready = start().catch(() => {
    element("session").hidden = true;
  });
  return {
    // Before a request of Swagger UI is sent. No token leaves for another server.
    async apply(request) {
      await ready;
      const here = new URL(request.url, location.href).origin === location.origin;
      return current && here ? sign(request, current.token) : request;
    },
  };
})();
