import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A file that `/docs` is made of. */
export interface DocsFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Only what lies beside the page: no script of another host, none that is written into the page. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

// Every address is relative: the page works wherever a proxy puts it.
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Herald: HTTP API</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="docs/swagger-ui.css" />
    <script src="docs/swagger-ui-bundle.js" defer></script>
    <script src="docs/start.js" defer></script>
  </head>
  <body>
    <noscript>The description itself is at <a href="openapi.json">openapi.json</a>.</noscript>
    <div id="docs"></div>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  validatorUrl: null,
});
`;

const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Finds the files of the page by their name; each is read once. */
export function createDocsFiles(): (name: string) => DocsFile | undefined {
  const { resolve } = createRequire(import.meta.url);
  const read = new Map<string, DocsFile>([
    ['start.js', { type: 'text/javascript; charset=utf-8', bytes: Buffer.from(START) }],
  ]);
  return (name) => {
    const known = read.get(name);
    const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (known !== undefined || type === undefined) return known;
    const file = { type, bytes: readFileSync(resolve(`swagger-ui-dist/${name}`)) };
    read.set(name, file);
    return file;
  };
}
