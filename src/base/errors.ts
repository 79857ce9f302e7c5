/**
 * Every error cilo can end with. A code is never reused for another meaning: people and scripts match on it.
 * Exit codes: 1 failed, 2 usage, 3 environment not ready, 4 conflict, 70 bug in cilo,
 * 128 and the signal's number when the user interrupted it.
 */
export const errorTable = {
  CILO_USAGE: { exitCode: 2, httpStatus: 400, summary: "the command line cannot be understood" },
  CILO_NAME_INVALID: { exitCode: 2, httpStatus: 400, summary: "a name is not a slug of at most 40 characters" },
  CILO_ENVIRONMENT_NOT_FOUND: { exitCode: 2, httpStatus: 404, summary: "no environment has that name" },
  CILO_ENVIRONMENT_AMBIGUOUS: {
    exitCode: 2,
    httpStatus: 400,
    summary: "several projects have an environment of that name",
  },
  CILO_TRASH_ENTRY_NOT_FOUND: {
    exitCode: 2,
    httpStatus: 404,
    summary: "no destroyed environment of that name is kept",
  },
  CILO_SERVICE_NOT_FOUND: { exitCode: 2, httpStatus: 404, summary: "the environment has no service of that name" },
  CILO_SERVICE_NOT_SHAREABLE: {
    exitCode: 2,
    httpStatus: 400,
    summary: "a service cannot be shared between copies of its project",
  },
  CILO_SOURCE_INVALID: { exitCode: 2, httpStatus: 400, summary: "the directory given to create cannot be copied" },
  CILO_COMPOSE_FILE_NOT_FOUND: { exitCode: 2, httpStatus: 400, summary: "the project has no Compose file" },
  CILO_COMPOSE_INVALID: {
    exitCode: 2,
    httpStatus: 400,
    summary: "Docker Compose cannot read the project's Compose files",
  },
  CILO_CONFIG_INVALID: { exitCode: 2, httpStatus: 400, summary: "a config.yml has problems" },
  CILO_OVERRIDE_REJECTED: {
    exitCode: 2,
    httpStatus: 400,
    summary: "the project would share something between its copies, or lose something in them",
  },

  CILO_UP_FAILED: { exitCode: 1, httpStatus: 500, summary: "docker compose up failed or a service did not start" },
  CILO_COMPOSE_FAILED: { exitCode: 1, httpStatus: 500, summary: "a docker compose command failed" },
  CILO_COPY_FAILED: { exitCode: 1, httpStatus: 500, summary: "the workspace could not be copied; nothing was kept" },
  CILO_REMOVE_FAILED: { exitCode: 1, httpStatus: 500, summary: "the workspace could not be removed completely" },
  CILO_UNDO_FAILED: {
    exitCode: 1,
    httpStatus: 500,
    summary: "what destroy would remove could not be saved; nothing was removed",
  },
  CILO_RESTORE_FAILED: {
    exitCode: 1,
    httpStatus: 500,
    summary: "a destroyed environment could not be brought back; what was saved is kept",
  },
  CILO_ENGINE_REQUEST_FAILED: { exitCode: 1, httpStatus: 502, summary: "the engine refused a request" },
  CILO_QUERY_FAILED: { exitCode: 1, httpStatus: 502, summary: "a DNS query got no answer" },
  CILO_COMMAND_FAILED: { exitCode: 1, httpStatus: 500, summary: "a helper program could not be run or failed" },
  CILO_NOT_CONFIRMED: {
    exitCode: 1,
    httpStatus: 409,
    summary: "a question that protects data was not answered with yes",
  },
  CILO_OUTPUT_FAILED: { exitCode: 1, httpStatus: 500, summary: "what the command had to say could not be written" },
  CILO_INTERRUPTED: {
    exitCode: 130,
    httpStatus: 499,
    summary: "the command was interrupted; 143 by SIGTERM, 129 by SIGHUP",
  },

  CILO_NODE_TOO_OLD: { exitCode: 3, httpStatus: 500, summary: "Node.js is older than 22.18" },
  CILO_ENGINE_UNREACHABLE: { exitCode: 3, httpStatus: 503, summary: "no Docker Engine answers" },
  CILO_ENGINE_CHANGED: {
    exitCode: 3,
    httpStatus: 503,
    summary: "another engine answers than the one the environments live on",
  },
  CILO_ENGINE_UNSUPPORTED: {
    exitCode: 3,
    httpStatus: 503,
    summary: "the engine's endpoint is of a kind cilo cannot use",
  },
  CILO_COMPOSE_MISSING: { exitCode: 3, httpStatus: 503, summary: "docker compose is not installed" },
  CILO_COMPOSE_TOO_OLD: { exitCode: 3, httpStatus: 503, summary: "docker compose is older than 2.24.6" },
  CILO_PORT_IN_USE: { exitCode: 3, httpStatus: 503, summary: "the DNS port is taken by another process" },
  CILO_LISTEN_FAILED: { exitCode: 3, httpStatus: 503, summary: "the daemon cannot listen on its address or socket" },
  CILO_HOME_NOT_WRITABLE: { exitCode: 3, httpStatus: 503, summary: "CILO_HOME cannot be written" },
  CILO_DISK_FULL: { exitCode: 3, httpStatus: 507, summary: "the disk is full; the old state file is intact" },
  CILO_STATE_UNREADABLE: {
    exitCode: 3,
    httpStatus: 500,
    summary: "the state file cannot be read; it was left as it is",
  },
  CILO_STATE_TOO_NEW: { exitCode: 3, httpStatus: 500, summary: "the state file was written by a newer cilo" },
  CILO_DAEMON_NOT_RUNNING: { exitCode: 3, httpStatus: 503, summary: "no cilo daemon answers on the control socket" },
  CILO_DAEMON_NO_ACK: { exitCode: 3, httpStatus: 504, summary: "the daemon did not confirm a change in time" },
  CILO_DAEMON_PROTOCOL: { exitCode: 3, httpStatus: 502, summary: "the daemon speaks another protocol version" },
  CILO_POOL_EXHAUSTED: { exitCode: 3, httpStatus: 507, summary: "no subnet or address is free" },
  CILO_GIT_FAILED: { exitCode: 3, httpStatus: 500, summary: "git is missing or a git command failed" },
  CILO_SUBNET_TAKEN: {
    exitCode: 3,
    httpStatus: 409,
    summary: "the environment's subnet is used by another network or route",
  },
  CILO_NETWORK_MISSING: {
    exitCode: 3,
    httpStatus: 409,
    summary: "a network that the environment's services are on is not there",
  },
  CILO_PERMISSION_DENIED: { exitCode: 3, httpStatus: 403, summary: "this user may not do that" },
  CILO_ENVIRONMENT_NOT_RUNNING: { exitCode: 3, httpStatus: 409, summary: "nothing of the environment runs" },
  CILO_WORKSPACE_MISSING: { exitCode: 3, httpStatus: 500, summary: "the environment's workspace is gone" },

  CILO_ENVIRONMENT_EXISTS: { exitCode: 4, httpStatus: 409, summary: "an environment of that name exists already" },
  CILO_WORKSPACE_EXISTS: {
    exitCode: 4,
    httpStatus: 409,
    summary: "files of an earlier environment are where the copy would go",
  },
  CILO_WORK_UNSAVED: { exitCode: 4, httpStatus: 409, summary: "destroy would remove work that is nowhere else" },
  CILO_LOCKED: { exitCode: 4, httpStatus: 423, summary: "another process holds the lock on the state file" },
  CILO_OPERATION_IN_PROGRESS: {
    exitCode: 4,
    httpStatus: 409,
    summary: "another operation on the environment is under way",
  },
  CILO_DAEMON_RUNNING: { exitCode: 4, httpStatus: 409, summary: "a daemon runs already" },
  CILO_FOREIGN_RESOURCE: {
    exitCode: 4,
    httpStatus: 409,
    summary: "something cilo did not create has one of our names",
  },

  CILO_BUG: { exitCode: 70, httpStatus: 500, summary: "a bug in cilo" },
} as const satisfies Record<string, { exitCode: 1 | 2 | 3 | 4 | 70 | 130; httpStatus: number; summary: string }>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorOptions {
  /** What to do, starting with a verb and giving the full command. */
  hint?: string;
  /** Facts for `--json`; never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * The one error class. `message` is lower case and says what could not be done, on what input and why.
 * Everything else that is thrown is a bug and ends with exit code 70.
 */
export class CiloError extends Error {
  override readonly name = "CiloError";
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly exitCode: number;
  readonly httpStatus: number;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(toPrintable(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint === undefined ? null : toPrintable(options.hint);
    this.exitCode = errorTable[code].exitCode;
    this.httpStatus = errorTable[code].httpStatus;
    this.details = options.details ?? {};
  }
}

/** Tells whether `value` is an error of Node's with one of these codes ("ENOENT"). */
export function hasErrorCode(value: unknown, ...codes: string[]): boolean {
  return value instanceof Error && "code" in value && typeof value.code === "string" && codes.includes(value.code);
}

/** The message of anything that was thrown, on one line where it was one. */
export function messageOf(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}

/**
 * Replaces control characters (all but newline and tab), so that text from files, containers and argv cannot
 * drive the terminal it is shown on.
 */
export function toPrintable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
