import { visible } from "@portwright/server/sessionPage/visible";

/**
 * Words for a notification or the prompt of an input box, in which the editor makes a link, of a command too, of
 * `[words](address)`: what servers, hosts and models say is shown as it is, and can be followed nowhere.
 */
export function inert(text: string): string {
  return visible(text).replaceAll("](", "] (");
}
