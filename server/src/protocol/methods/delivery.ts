import { z } from "zod";
import { Case } from "../entities/cases.ts";
import { Delivery, DeliveryPreview, ForgeInfo } from "../entities/delivery.ts";
import { CaseRef, type MethodTable } from "./shared.ts";

export const deliveryMethods = {
  "delivery/preview": [CaseRef, DeliveryPreview],
  /** The same fix asked for twice is delivered once. */
  "delivery/apply": [CaseRef, z.object({ case: Case, delivery: Delivery })],
  /** Removes the branch, unless it holds commits that are not ours or is checked out. */
  "delivery/undo": [CaseRef, z.object({ case: Case, delivery: Delivery })],
  /** Where a push goes; null where `delivery.forge` is not configured. */
  "delivery/forge": [z.object({}), z.object({ forge: ForgeInfo.nullable() })],
  /**
   * Pushes the branch and opens a pull request for it, as a draft where the configuration says so. What an earlier try
   * did is found again. Runs as long as the request: cancelling that ends it.
   */
  "delivery/push": [CaseRef, z.object({ case: Case, delivery: Delivery })],
  /** Newest first. */
  "delivery/list": [CaseRef, z.object({ deliveries: z.array(Delivery) })],
} as const satisfies MethodTable;
