/** The path that the server lies below, from the page that it sent: "" or, for example, `/connector`. */
export const BASE_PATH = document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? "";
