import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

/** Properties whose text is written for people. */
const FOR_PEOPLE = new Set(["message", "title", "description", "summary", "detail", "help"]);
const LOG_LEVELS = new Set(["trace", "debug", "info", "warn", "error", "fatal"]);

/** Leaves words for people as they are: tests compare codes, and a message may be worded anew without a test failing. */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, "messages", {
    shouldIgnore(path) {
      if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
      const { parent } = path;
      if (isMessageOfError(path) || isLogged(path)) return "a message";
      if (parent.type === "ObjectProperty" && FOR_PEOPLE.has(parent.key.name)) return "a text for people";
      return undefined;
    },
  }),
];

/** `new ConnectorError(code, message, …)` and `new Error(message)`, directly or as one of two choices. */
function isMessageOfError({ parentPath, node }) {
  const [holder, child] =
    parentPath.node.type === "ConditionalExpression" ? [parentPath.parent, parentPath.node] : [parentPath.node, node];
  if (holder.type !== "NewExpression") return false;
  return holder.arguments[holder.callee.name === "ConnectorError" ? 1 : 0] === child && /Error$/.test(holder.callee.name ?? "");
}

function isLogged({ parent, node }) {
  return (
    parent.type === "CallExpression" &&
    parent.callee.type === "MemberExpression" &&
    LOG_LEVELS.has(parent.callee.property.name) &&
    parent.arguments.includes(node)
  );
}
