import type { Posting, World } from "../world.ts";
import { applyShape, type Expanders, type Json, type Shape } from "./expand.ts";

/** A posting in the recorded shape (lever-api.md §4.3). `content` and `followers` come unasked. */
export function viewPosting(world: World, posting: Posting, view: { web: string; shape: Shape }): Json {
  const { salaryRange, salaryDescriptionHtml, distributionChannels, content, hasNewSettings, ...rest } = posting;
  const hasPage = posting.state !== "draft" && posting.state !== "closed";
  const plain: Json = {
    ...rest,
    distributionChannels: posting.state === "published" ? distributionChannels : null,
    content: { description: text(content.descriptionHtml), closing: text(content.closingHtml), ...content },
    reqCode: null,
    urls: hasPage ? urls(view.web, posting.id) : null,
    ...(hasNewSettings ? { transcribeInterviews: false, screening: { enabled: false } } : {}),
    ...(salaryRange === null ? {} : { salaryRange }),
    ...(salaryDescriptionHtml === null ? {} : { salaryDescriptionHtml, salaryDescription: text(salaryDescriptionHtml) }),
  };
  return applyShape(posting, plain, view.shape, postingExpanders(world));
}

export function postingExpanders(world: World): Expanders<Posting> {
  const user = (id: string | null) => (id === null ? null : (world.userById.get(id) ?? null));
  return {
    user: (row) => user(row.user),
    owner: (row) => user(row.owner),
    hiringManager: (row) => user(row.hiringManager),
    followers: (row) => row.followers.map(user),
  };
}

function urls(web: string, id: string): Json {
  const list = `${web}/jobs/acme`;
  return { list, show: `${list}/${id}`, apply: `${list}/${id}/apply` };
}

function text(html: string): string {
  return html.replace(/<[^>]*>/g, "");
}
