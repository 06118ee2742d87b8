import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";

type DeliveryMethods =
  | "delivery/preview"
  | "delivery/apply"
  | "delivery/undo"
  | "delivery/forge"
  | "delivery/push"
  | "delivery/list";

export const deliveryHandlers: Pick<Handlers, DeliveryMethods> = {
  async "delivery/preview"({ case: ref, target }, { services: { store, delivery }, who }) {
    return delivery.preview(resolveCase(store, ref, target).id, who);
  },

  async "delivery/apply"({ case: ref, target }, { services: { store, delivery }, who }) {
    return delivery.apply(resolveCase(store, ref, target).id, who);
  },

  async "delivery/undo"({ case: ref, target }, { services: { store, delivery }, who }) {
    return delivery.undo(resolveCase(store, ref, target).id, who);
  },

  async "delivery/forge"(_params, { services: { pushing } }) {
    return { forge: pushing.forge() };
  },

  async "delivery/push"({ case: ref, target }, { services: { store, pushing }, who, signal, progress }) {
    return pushing.push(resolveCase(store, ref, target).id, { who, signal, progress });
  },

  async "delivery/list"({ case: ref, target }, { services: { store } }) {
    return { deliveries: store.deliveriesOf(resolveCase(store, ref, target).id) };
  },
};
