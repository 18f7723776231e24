(() => {
  const part = (id) => document.getElementById(id);
  const show = (id, on) => { part(id).hidden = !on; };
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  // Out of the address: nobody reads it over a shoulder, and it is in no history.
  history.replaceState(null, "", location.pathname);
  show("form", !!token);
  show("broken", !token);
  const fault = (text) => { part("fault").textContent = text; show("fault", !!text); };
  part("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const password = part("password").value;
    if (password !== part("again").value) return fault("The two are not the same.");
    part("send").disabled = true;
    fault("");
    try {
      const answer = await fetch(part("form").dataset.action, {
        method: "POST",
        credentials: "omit",
        headers: { "content-type": "application/json", "x-access-token": token },
        body: JSON.stringify({ newPassword: password }),
      });
      if (answer.ok) {
        show("form", false);
        show("done", true);
        return;
      }
      const body = await answer.json().catch(() => ({}));
      const details = body.error && body.error.details && body.error.details.messages;
      const said = details && details.password ? "The password " + details.password.join(", ") + "." : body.error && body.error.message;
      fault(answer.status === 401 ? "This link is good no more. Ask for another." : said || "It did not work.");
    } catch (error) {
      fault("The server cannot be reached.");
    }
    part("send").disabled = false;
  });
})();
