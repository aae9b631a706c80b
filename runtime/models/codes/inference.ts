/** E1160–E1179: what can be wrong with predicting, and with graphs made elsewhere. */

export const INFERENCE_CODES = {} as const;
