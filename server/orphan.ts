const LOOK_MS = 500;

/**
 * Calls back once where npm or npx has started this process and their shell is gone: told to end, npm ends its shell, and the shell tells
 * nobody. A process that was started in another way may outlive its parent.
 */
export function watchForNpm(env: Readonly<Record<string, string | undefined>>, onGone: () => void): void {
  if (env.npm_command === undefined) return;
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    onGone();
  }, LOOK_MS).unref();
}
