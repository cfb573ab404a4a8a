/** The pages without the editor in one part: what each of them shares with others would be loaded by every page. */
export { RecipePage } from "./recipe-page.tsx";
export { StartPage } from "./start-page.tsx";
export { WorkflowsPage } from "./workflows-page.tsx";
