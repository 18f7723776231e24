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

// Swagger UI takes ten times as long over OpenAPI 3.1: many seconds where there are many models. Those are shown by the
// Swagger document, which says less of filters.
const LARGE = 400000;

async function source() {
  const openapi = document.body.dataset.openapi;
  const head = await fetch(openapi, { method: "HEAD" });
  return Number(head.headers.get("content-length")) > LARGE ? "./swagger.json" : openapi;
}

source().then((url) => {
  SwaggerUIBundle({
    url,
    dom_id: "#explorer",
    presets: [SwaggerUIBundle.presets.apis],
    deepLinking: true,
    defaultModelExpandDepth: 2,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    docExpansion: "none",
    filter: true,
    operationsSorter: byPathThenVerb,
    requestInterceptor: (request) => session.apply(request),
    tryItOutEnabled: true,
    // No page of elsewhere is asked whether the document is valid.
    validatorUrl: null,
  });
});
