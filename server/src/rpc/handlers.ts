import type { Handlers } from "./context.ts";
import { candidatesHandlers } from "./handlers/candidates.ts";
import { caseGroupsHandlers } from "./handlers/caseGroups.ts";
import { caseHandlers } from "./handlers/cases.ts";
import { creditHandlers } from "./handlers/credit.ts";
import { decisionHandlers } from "./handlers/decisions.ts";
import { deliveryHandlers } from "./handlers/delivery.ts";
import { environmentBuildHandlers } from "./handlers/environmentBuild.ts";
import { environmentFilesHandlers } from "./handlers/environmentFiles.ts";
import { environmentHandlers } from "./handlers/environments.ts";
import { environmentWorkHandlers } from "./handlers/environmentWork.ts";
import { healthHandlers } from "./handlers/health.ts";
import { historyHandlers } from "./handlers/history.ts";
import { languageHandlers } from "./handlers/language.ts";
import { marksHandlers } from "./handlers/marks.ts";
import { modelsHandlers } from "./handlers/models.ts";
import { policyHandlers } from "./handlers/policy.ts";
import { proofHandlers } from "./handlers/proofs.ts";
import { reviewHandlers } from "./handlers/review.ts";
import { runResultsHandlers } from "./handlers/runResults.ts";
import { serverHandlers } from "./handlers/server.ts";
import { sessionsHandlers } from "./handlers/sessions.ts";

/** Every method of the contract; the type makes a missing or a wrongly typed one a compile error. */
export const handlers: Handlers = {
  ...serverHandlers,
  ...caseHandlers,
  ...decisionHandlers,
  ...historyHandlers,
  ...environmentHandlers,
  ...marksHandlers,
  ...caseGroupsHandlers,
  ...reviewHandlers,
  ...runResultsHandlers,
  ...sessionsHandlers,
  ...modelsHandlers,
  ...proofHandlers,
  ...deliveryHandlers,
  ...candidatesHandlers,
  ...environmentBuildHandlers,
  ...environmentWorkHandlers,
  ...environmentFilesHandlers,
  ...healthHandlers,
  ...policyHandlers,
  ...languageHandlers,
  ...creditHandlers,
};
