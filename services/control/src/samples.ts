import type { SampleCall } from '@herald/contracts';

type Parts = Pick<SampleCall, 'endpoint' | 'headers' | 'body'>;

/** A call as programs that run as they are, with the key in the environment variable `HERALD_KEY`. */
export const programs = (call: Parts): Pick<SampleCall, 'curl' | 'javascript' | 'python' | 'java'> => ({
  curl: curl(call),
  javascript: javascript(call),
  python: python(call),
  java: java(call),
});

const pretty = (value: unknown): string => JSON.stringify(value, undefined, 2);

function curl(call: Parts): string {
  const { endpoint, headers, body } = call;
  return [
    `curl -X POST ${quoted(endpoint)}`,
    // The only part in double quotes: the shell puts the key in.
    `-H "Authorization: ${headers['Authorization'] ?? ''}"`,
    ...others(call).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(pretty(body))}`,
  ].join(' \\\n  ');
}

/** In single quotes a shell leaves everything as it is but the single quote itself. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const others = ({ headers }: Parts): [name: string, value: string][] =>
  Object.entries(headers).filter(([name]) => name !== 'Authorization');

function javascript(call: Parts): string {
  const { endpoint, body } = call;
  const lines = others(call).map(([name, value]) => `    ${ascii(name)}: ${ascii(value)},\n`);
  return `const response = await fetch(${ascii(endpoint)}, {
  method: 'POST',
  headers: {
    Authorization: \`Bearer \${process.env.HERALD_KEY}\`,
${lines.join('')}  },
  body: JSON.stringify(${pretty(body)}),
});
console.log(response.status, await response.text());
if (!response.ok) process.exitCode = 1;
`;
}

function python(call: Parts): string {
  const { endpoint, body } = call;
  const lines = others(call).map(([name, value]) => `        ${ascii(name)}: ${ascii(value)},\n`);
  return `import json
import os
import sys
import urllib.error
import urllib.request

body = ${literal(body, '')}
request = urllib.request.Request(
    ${ascii(endpoint)},
    data=json.dumps(body).encode(),
    method="POST",
    headers={
        "Authorization": "Bearer " + os.environ["HERALD_KEY"],
${lines.join('')}    },
)
try:
    with urllib.request.urlopen(request) as response:
        print(response.status, response.read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.read().decode()}")
`;
}

/** JSON as Python writes it: the same but for three words. */
function literal(value: unknown, indent: string): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return typeof value === 'string' ? ascii(value) : JSON.stringify(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => `${ascii(name)}: ${literal(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return items.length === 0
    ? open + close
    : `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}${close}`;
}

function java(call: Parts): string {
  const { endpoint, body } = call;
  const lines = others(call).map(([name, value]) => `        .header(${ascii(name)}, ${ascii(value)})\n`);
  // In a text block, a backslash begins an escape, and three quotes end it.
  const block = escaped(pretty(body).replaceAll('\\', '\\\\').replaceAll('"""', '\\"""'));
  return `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Sample {
  public static void main(String[] args) throws Exception {
    String body = """
${block.replaceAll(/^/gm, '        ')}
        """;
    HttpRequest request = HttpRequest.newBuilder(URI.create(${ascii(endpoint)}))
        .header("Authorization", "Bearer " + System.getenv("HERALD_KEY"))
${lines.join('')}        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(response.statusCode() + " " + response.body());
    if (response.statusCode() >= 300) System.exit(1);
  }
}
`;
}

/** A text in double quotes, the same in each of the languages whatever encoding they read their sources in. */
const ascii = (text: string): string => escaped(JSON.stringify(text));
const escaped = (text: string): string =>
  text.replaceAll(/[^\n -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
