import { type ProbeMethod, questionsAtOnce } from "./probe-method.ts";

/**
 * A method that starts one program for each question; `program` has the question in $2 and $3, and the time in seconds
 * in $T.
 */
function shellMethod(name: string, words: 1 | 2, program: string): ProbeMethod {
  const script = `set -f
T=$0
one() {
  m=$({ ${program}; } 2>&1 </dev/null)
  c=$?
  echo $1 $c $m
}
i=0
while [ $# -ge ${words} ]; do
  one $i ${words === 1 ? '"$1"' : '"$1" "$2"'} &
  i=$((i + 1))
  shift ${words}
  [ $((i % ${questionsAtOnce})) -ne 0 ] || wait
done
wait`;
  return {
    name,
    command: (questions, timeoutSeconds) => ["sh", "-c", script, String(timeoutSeconds), ...questions],
  };
}

/** Not every netcat has -z; busybox's may have -e in its place, which runs a program once it is connected. */
export const shellConnectMethods: readonly ProbeMethod[] = [
  shellMethod("nc -z", 2, 'nc -v -z -w $T "$2" "$3"'),
  shellMethod("nc -e", 2, 'nc -w $T "$2" "$3" -e true'),
  shellMethod("bash", 2, `timeout $T bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3"`),
];

/** Curl tells whether it was connected by the time that took; what it was answered then does not matter. */
export const curlMethod = shellMethod(
  "curl",
  2,
  `case $2 in *:*) h="[$2]" ;; *) h=$2 ;; esac
  o=$(curl -sS -o /dev/null --noproxy '*' --connect-timeout $T -m $T -w ' connected=%{time_connect} ' "http://$h:$3/" 2>&1)
  case $o in *connected=0[.,]000000*) echo "$o"; false ;; *connected=*) ;; *) echo "$o"; false ;; esac`,
);

/** Each asks the engine's own DNS; getent does because that is what a container's resolver is set to. */
export const shellLookupMethods: readonly ProbeMethod[] = [
  shellMethod("nslookup", 1, 'timeout $T nslookup "$2" 127.0.0.11'),
  shellMethod("dig", 1, 'dig +short +tries=1 +time=$T @127.0.0.11 "$2" A'),
  shellMethod("getent", 1, 'timeout $T getent ahostsv4 "$2"'),
];
