import "@fontsource-variable/figtree/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./theme/global.css";
import { createRoot } from "react-dom/client";
import { ApiError } from "../sdk/index.ts";
import { App } from "./app.tsx";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
// Where the library that locks scrolling behind dialogs looks for the nonce of its style.
Object.assign(globalThis, { __webpack_nonce__: nonce });

createRoot(document.getElementById("root") as HTMLElement, { onCaughtError: report }).render(<App nonce={nonce} />);

/** What a boundary shows goes to the console too, for those who look for its cause; but for what the server answered, which is told in full. */
function report(error: unknown): void {
  if (!(error instanceof ApiError)) console.error(error);
}
