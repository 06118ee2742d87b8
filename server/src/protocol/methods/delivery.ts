import { z } from "zod";
import { Case } from "../entities/cases.ts";
import { Delivery, DeliveryPreview } from "../entities/delivery.ts";
import { CaseRef, type MethodTable } from "./shared.ts";

export const deliveryMethods = {
  "delivery/preview": [CaseRef, DeliveryPreview],
  /** The same fix asked for twice is delivered once. */
  "delivery/apply": [CaseRef, z.object({ case: Case, delivery: Delivery })],
  /** Removes the branch, unless it holds commits that are not ours or is checked out. */
  "delivery/undo": [CaseRef, z.object({ case: Case, delivery: Delivery })],
  /** Newest first. */
  "delivery/list": [CaseRef, z.object({ deliveries: z.array(Delivery) })],
} as const satisfies MethodTable;
