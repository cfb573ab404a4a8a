/** Does one scope include another? One to write includes the one to read the same: `tags:write:admin` includes `tags:read:admin`. */
export function includesScope(own: string, other: string): boolean {
  return own === other || own === other.replace(/:read(?=:|$)/, ":write");
}
