import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Shell {
  /** Types one command and answers what appears, errors included, until the next prompt would come. */
  type(command: string): Promise<string>;
  close(): Promise<void>;
}

/** One bash, as a reader has it open: variables and functions stay from line to line. */
export function openShell(cwd: string, env: Record<string, string>): Shell {
  const bash = spawn("bash", ["--noprofile", "--norc"], { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  let wake = () => {};
  let ended = false;
  bash.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    wake();
  });
  bash.once("close", () => {
    ended = true;
    wake();
  });
  bash.stdin.write("exec 2>&1\n");
  let count = 0;

  return {
    async type(command) {
      const prompt = `\u0001prompt ${++count}\u0001`;
      bash.stdin.write(`${command}\nprintf '\\001prompt ${count}\\001'\n`);
      while (!text.includes(prompt)) {
        if (ended) throw new Error(`bash ended at: ${command}\n${text}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const [answer = "", rest = ""] = text.split(prompt);
      text = rest;
      return answer;
    },
    async close() {
      const closed = once(bash, "close");
      bash.stdin.end();
      if (!ended) await closed;
    },
  };
}
