"""The keys behind permits, at the command line."""


def test_a_rotation_gives_the_key_that_signs_and_those_that_stay(terminal):
    assert terminal.json("permit-key", "list") == {"keys": []}
    (first,) = terminal.json("permit-key", "rotate")["keys"]
    assert (set(first), first["published_until"]) == (
        {"id", "created_at", "published_until"},
        None,
    )
    second, still = terminal.json("permit-key", "rotate")["keys"]
    assert (second["published_until"], still["id"]) == (None, first["id"])
    assert still["published_until"] > still["created_at"]
    assert [one["id"] for one in terminal.json("permit-key", "list")["keys"]] == [
        second["id"],
        first["id"],
    ]


def test_revoking_leaves_only_the_new_key(terminal):
    terminal.json("permit-key", "rotate")
    (only,) = terminal.json("permit-key", "rotate", "--revoke")["keys"]
    assert terminal.json("permit-key", "list") == {"keys": [only]}


def test_people_read_which_key_signs_and_until_when_others_are_published(terminal):
    assert "no key yet" in terminal.run("permit-key", "list").stdout
    terminal.run("permit-key", "rotate")
    said = terminal.run("permit-key", "rotate").stdout
    assert "signs permits from now on" in said
    assert "stays published until" in said
    assert terminal.run("permit-key", "list").stdout.splitlines()[0].endswith("signs")
