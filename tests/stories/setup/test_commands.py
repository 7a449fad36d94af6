"""The command line's manners: help, one line for an error, an exit code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import sycee
from sycee.doors.cli.app import COMMANDS, main


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYCEE_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "sycee", *command],
        env=kept | environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("word", ["version", "--version"])
def test_the_version_is_told(word):
    told = run(word)
    assert (told.returncode, told.stdout) == (0, f"{sycee.__version__}\n")


def test_help_names_every_command_with_a_sentence():
    told = run("--help")
    assert told.returncode == 0
    rows = {
        words[1]: words[2:]
        for line in told.stdout.splitlines()
        if (words := line.split()) and words[0] == "│"
    }
    for name, _, _ in COMMANDS:
        assert len(rows.get(name, [])) > 3, told.stdout


@pytest.mark.parametrize("name", [name for name, _, _ in COMMANDS])
def test_every_command_has_help_of_its_own(name, capsys):
    assert main([name, "--help"]) == 0
    told = capsys.readouterr().out
    assert name in told
    assert len(told) > 40


@pytest.mark.parametrize("command", [("bogus",), ("migrate", "--bogus"), ("up", "--port", "tea")])
def test_what_is_not_understood_is_one_line_and_exit_2(command):
    told = run(*command)
    assert told.returncode == 2
    assert told.stderr.startswith("sycee: ")
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        "count ask people --epsilon -5",
        "count ask people --days 0",
        "count ask people --place ZZZ",
        "bank reject NOTACODE",
        "bank return 00 --reason NOTACODE",
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_done(words, capsys):
    assert main(words.split()) == 2
    assert "Must be" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ("log", "verify"),
        ("liabilities", "verify"),
        ("envelope", "verify"),
        ("demand", "recount"),
        ("demand", "unseal", "/dev/null"),
        ("bank", "check"),
        ("receipt", "check"),
    ],
)
def test_a_file_that_is_missing_or_holds_nothing_is_said_in_one_line(command, tmp_path, capsys):
    *command, paths = *command, [tmp_path / "a file"]
    if command[-1].startswith("/"):
        paths = [*paths, command.pop()]
    words = [*command, *map(str, paths)]
    assert main(words) == 1
    assert capsys.readouterr().err == f"sycee: {paths[0]}: No such file or directory\n"
    paths[0].touch()
    assert main(words) == 1
    told = capsys.readouterr()
    assert len((told.out + told.err).splitlines()) == 1
    assert "unforeseen" not in told.err


def test_a_database_that_is_behind_is_one_line_that_says_what_to_do(empty_url, other_empty_url):
    given = {"SYCEE_DATABASE_URL": empty_url, "SYCEE_KEYS_URL": other_empty_url}
    told = run("trades", "list", "ada", **given)
    assert told.returncode == 1
    assert told.stderr == (
        "sycee: the database is not up to date; `./sycee migrate` brings it up to date\n"
    )


def test_a_terminal_with_fewer_letters_is_answered_all_the_same():
    told = run("--help", PYTHONIOENCODING="ascii")
    assert (told.returncode, told.stderr) == (0, "")
    assert "Run Sycee" in told.stdout


def test_a_wrong_setting_is_one_line_and_exit_1():
    told = run("migrate", SYCEE_PORT="99999")
    assert told.returncode == 1
    assert told.stderr.startswith("sycee: SYCEE_PORT: ")
    assert told.stderr.count("\n") == 1


def test_a_database_that_is_not_there_is_one_line_and_exit_1(tmp_path):
    nowhere = f"postgresql://ada:hidden@/x?host={tmp_path}"
    told = run("migrate", SYCEE_DATABASE_URL=nowhere, SYCEE_KEYS_URL=nowhere)
    assert told.returncode == 1
    assert told.stderr.startswith("sycee: the database cannot be used: ")
    assert told.stderr.count("\n") == 1
    assert "hidden" not in told.stderr


def test_a_setting_that_does_not_exist_is_mentioned():
    told = run("migrate", "--bogus", SYCEE_PROT="1")
    assert "sycee: SYCEE_PROT is no setting of Sycee; did you mean SYCEE_PORT?" in told.stderr


def test_a_refusal_is_a_sentence_and_names_what_is_wrong(capsys):
    assert main(["trades", "show", "trd_bad"]) == 1
    told = "sycee: trade: must look like trd_ and 26 characters (invalid-field)\n"
    assert capsys.readouterr().err == told
