// What a call that was refused tells: RFC 9457, with the product's own stable code and the request's id.

export interface ProblemText {
  status: number;
  code: string;
  detail: string;
  request_id?: string | null;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly retryAfterS: number | null;

  constructor(problem: ProblemText, retryAfterS: number | null = null) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.requestId = problem.request_id ?? null;
    this.retryAfterS = retryAfterS;
  }
}

/** No answer came at all. */
export const UNREACHABLE = "console.unreachable";
/** Something answered that is no problem document: a proxy in between, for instance. */
const UNREADABLE = "console.unreadable";

export async function errorOf(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get("retry-after"));
  const requestId = response.headers.get("x-request-id");
  const said = (await response.json().catch(() => null)) as Partial<ProblemText> | null;
  return new ApiError(
    {
      status: response.status,
      code: said?.code ?? UNREADABLE,
      detail: said?.detail ?? `${response.status} ${response.statusText}`,
      request_id: said?.request_id ?? requestId,
    },
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError({ status: 0, code: error instanceof TypeError ? UNREACHABLE : "console.fault", detail });
}
