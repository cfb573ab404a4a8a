import type { OperationCall } from "../api/operations.ts";

export interface Snippet {
  readonly id: "curl" | "cli" | "sdk";
  readonly title: string;
  readonly text: string;
}

/** The same call by other means. No secret is in them: the key comes from the environment. */
export function toSnippets(
  call: OperationCall,
  { publicUrl, nickname }: { publicUrl: string; nickname: string },
): readonly Snippet[] {
  return [
    { id: "curl", title: "curl", text: toCurl(call, publicUrl, nickname) },
    { id: "cli", title: "Command line", text: toCli(call, nickname) },
    { id: "sdk", title: "SDK", text: toSdk(call, publicUrl, nickname) },
  ];
}

function toCurl({ operation, input }: OperationCall, publicUrl: string, credential: string): string {
  return [
    `curl ${quote(`${publicUrl}/api/v1/operations/${operation}`)} \\`,
    `  -H "authorization: Bearer $LEVER_CONNECTOR_KEY" \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d ${quote(JSON.stringify({ credential, input }))}`,
  ].join("\n");
}

function toCli({ operation, input }: OperationCall, credential: string): string {
  return `npx lever-connector operations run ${operation} --credential ${quote(credential)} --input ${quote(JSON.stringify(input))}`;
}

function toSdk({ operation, input }: OperationCall, publicUrl: string, credential: string): string {
  return [
    `import { createClient } from "lever-connector/sdk";`,
    "",
    `const connector = createClient({ url: ${JSON.stringify(publicUrl)}, apiKey: process.env.LEVER_CONNECTOR_KEY });`,
    `const { output } = await connector.run(${JSON.stringify(operation)}, ${JSON.stringify({ credential, input }, null, 2)});`,
  ].join("\n");
}

/** One word for a POSIX shell, whatever it holds. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
