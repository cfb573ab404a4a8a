/** The forms of this room in one part: what they are drawn with is large, and no page needs it before a form is opened. */
export { InputForm } from "./input-form.tsx";
export { RecipeForm } from "./recipe-form.tsx";
