import type { TestServer } from "../server/start.ts";

/**
 * What a browser does with a consent's address, against a playground that approves by itself: opens the start page, presses the button,
 * follows to Lever and back. Answers the status of the last page; `seen` is told each answer.
 */
export async function giveConsent(
  server: Pick<TestServer, "url">,
  authorizeUrl: string,
  seen: (answer: Response) => Promise<void> | void = () => {},
): Promise<number> {
  const address = server.url + authorizeUrl.slice(new URL(authorizeUrl).origin.length);
  const shown = await fetch(address);
  await seen(shown);
  const cookie = (shown.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const pressed = await fetch(address, { method: "POST", redirect: "manual", headers: { cookie, origin: server.url } });
  await seen(pressed);
  const granted = await fetch(pressed.headers.get("location") ?? "", { redirect: "manual" });
  const back = await fetch(granted.headers.get("location") ?? "", { redirect: "manual", headers: { cookie } });
  await seen(back);
  return back.status;
}
