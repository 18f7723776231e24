"use strict";

// Below a path: what reads, then what writes.
const verbs = ["get", "head", "post", "put", "patch", "delete"];

function byPathThenVerb(a, b) {
  const [one, other] = [a.get("path"), b.get("path")];
  if (one !== other) {
    return one < other ? -1 : 1;
  }
  return verbs.indexOf(a.get("method")) - verbs.indexOf(b.get("method"));
}

SwaggerUIBundle({
  url: document.body.dataset.openapi,
  dom_id: "#explorer",
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  defaultModelExpandDepth: 2,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  operationsSorter: byPathThenVerb,
  tryItOutEnabled: true,
  // No page of elsewhere is asked whether the document is valid.
  validatorUrl: null,
});
