/** The id of the project that exists from the start, and stays; keys of it with the scope `admin` run the installation. */
export const DEFAULT_PROJECT = "default";
