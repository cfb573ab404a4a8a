import chromium from "@sparticuz/chromium";
import { type Browser, chromium as launcher } from "playwright-core";

/**
 * The Chromium that comes with the packages; it runs on Linux on x64 alone. `CHROMIUM_PATH` names another one.
 *
 * @throws Error with the reason where none can be started: the dashboard is then not tested, which must be seen
 */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env.CHROMIUM_PATH;
  if (own === undefined && (process.platform !== "linux" || process.arch !== "x64"))
    throw new Error("The Chromium of the packages runs on Linux on x64 alone; set CHROMIUM_PATH to the path of another one");
  return launcher.launch({
    executablePath: own ?? (await chromium.executablePath()),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    headless: true,
  });
}
