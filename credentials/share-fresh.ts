/**
 * Work that depends on what is saved now: never begun before the call, and shared by all calls of one turn of the event loop. It begins in
 * the next turn.
 */
export function shareFresh<T>(work: (project: string, id: string) => Promise<T>): (project: string, id: string) => Promise<T> {
  /** Not begun yet. What has begun may have seen what is older than a call made from now on. */
  const waiting = new Map<string, Promise<T>>();

  function start(key: string, project: string, id: string): Promise<T> {
    const result = nextTurn().then(() => {
      waiting.delete(key);
      return work(project, id);
    });
    waiting.set(key, result);
    return result;
  }

  return function fresh(project, id) {
    const key = `${project}\u0000${id}`;
    return waiting.get(key) ?? start(key, project, id);
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
