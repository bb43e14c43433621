#!/usr/bin/env python3
"""What DuckDB takes for the question that `clearcut verify` answers, on the same log.

    pip install duckdb
    clearcut generate --events 10000000 --processes 64 --format jsonl --out big.jsonl
    benches/beside_duckdb.py target/release/clearcut big.jsonl [--runs 5]

The log is JSON Lines, our text, or a saved trace as Parquet. Of the cut after the last event of each process DuckDB counts
what is in transit and what is an orphan: it parses, numbers the events of each process (a window), joins receives with
sends, and holds both against the cut. In Parquet positions stand already. Runs take turns, each in a process of its own;
printed are the medians of time and of the peak of memory of its own (on Linux, looked at every few milliseconds): pages of
a mapped file are the system's to take back.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

READ = {
    ".jsonl": """SELECT row_number() OVER () AS row, process, event, message
        FROM read_json('{log}', format = 'newline_delimited',
            columns = {{process: 'VARCHAR', event: 'VARCHAR', message: 'VARCHAR', "to": 'VARCHAR'}})""",
    # Lines like `P3: send m1 -> P7`: the words between blanks.
    ".trace": """SELECT row_number() OVER () AS row, rtrim(process, ':') AS process, event, message
        FROM read_csv('{log}', delim = ' ', header = false, quote = '', null_padding = true, auto_detect = false,
            columns = {{process: 'VARCHAR', event: 'VARCHAR', message: 'VARCHAR', arrow: 'VARCHAR', peer: 'VARCHAR'}})""",
}

POSITIONS = """SELECT *, row_number() OVER (PARTITION BY process ORDER BY row) AS position FROM log"""

BY_IDS = """WITH log AS ({read}),
    events AS MATERIALIZED ({positions}),
    cut AS (SELECT process, max(position) AS stands FROM events GROUP BY process),
    placed AS (SELECT event, message, position <= stands AS inside FROM events JOIN cut USING (process)),
    sends AS (SELECT message, inside FROM placed WHERE event = 'send'),
    receives AS (SELECT message, inside FROM placed WHERE event = 'receive')
SELECT count(*) FILTER (s.inside AND NOT coalesce(r.inside, false)), count(*) FILTER (r.inside AND NOT coalesce(s.inside, false))
FROM sends s FULL JOIN receives r USING (message)"""

BY_POSITIONS = """WITH cut AS (SELECT process, max(position) AS stands FROM '{log}' GROUP BY process)
SELECT count(*) FILTER (m.position <= s.stands AND NOT coalesce(m.peer_position <= r.stands, false)),
    count(*) FILTER (m.position > s.stands AND m.peer_position <= r.stands)
FROM '{log}' m JOIN cut s ON s.process = m.process JOIN cut r ON r.process = m.peer WHERE m.event = 'send'"""


def ask_duckdb(log):
    """Answers, in this process."""
    import duckdb

    ending = os.path.splitext(log)[1]
    if ending == ".parquet":
        query = BY_POSITIONS.format(log=log)
    else:
        query = BY_IDS.format(read=READ[ending].format(log=log), positions=POSITIONS)
    print(duckdb.sql(query).fetchall())


def run(command):
    """Seconds and peak memory in MiB of a command, and what it printed first."""
    start, memory = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            memory = max(memory, own_memory(process.pid))
            time.sleep(0.002)
        taken = time.perf_counter() - start
        printed = process.stdout.read()
    if process.returncode != 0:
        sys.exit(f"{command} failed")
    return taken, memory / 1024, printed.strip().splitlines()[0]


def own_memory(process):
    """KiB that are of no file."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("RssAnon")), 0)
    except OSError:
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clearcut", help="the command")
    parser.add_argument("log")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    if args.clearcut == "ask":
        return ask_duckdb(args.log)
    contenders = {
        "clearcut": [args.clearcut, "verify", args.log, "--cut", "{}", "--rest", "end"],
        "duckdb": [sys.executable, __file__, "ask", args.log],
    }
    runs = {name: [] for name in contenders}
    for _ in range(args.runs):
        for name, command in contenders.items():
            runs[name].append(run(command))
    seconds, memory = ({n: statistics.median(r[i] for r in all) for n, all in runs.items()} for i in (0, 1))
    for name, all in runs.items():
        print(f"{name:10} {seconds[name]:7.3f} s {memory[name]:7.0f} MiB   {all[0][2]}")
    print(f"{'ratio':10} {seconds['duckdb'] / seconds['clearcut']:7.1f}   {memory['duckdb'] / memory['clearcut']:7.1f}")


if __name__ == "__main__":
    main()
