"""A waybill's track: first scan, whereabouts and signature, whatever the order of its entries."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.adapters.tracks import Entry, TrackRead, Tracks
from pipeline.rules.adapters import shipped_adapters

ADAPTERS = shipped_adapters()


def tracks(source: str) -> Tracks:
    adapter = ADAPTERS[source]
    return Tracks(adapter.document.track["waybill"], adapter.codes)


KD100, KDN, AFTERSHIP = tracks("kuaidi100"), tracks("kdniao"), tracks("aftership")
AT_LOCKER, HANDED_OVER = "已放入丰巢柜", "客户已签收"


def entries(*told: tuple[int, str] | tuple[int, str, str]) -> list[Entry]:
    return [Entry(at, code, text[0] if text else "某事") for at, code, *text in told]


def test_the_first_scan_is_the_oldest_entry_that_is_no_word_of_a_parcel_still_waiting() -> None:
    read = KD100.read("0", entries((1, "101"), (2, "102"), (3, "103"), (4, "0")))
    assert (read.first_scan, read.last_scan, read.newest) == (3, 4, 4)
    assert KD100.read("0", entries((3, "1002"))).first_scan == 3, "a track may begin at sorting"


def test_a_waybill_that_only_waits_has_no_scan() -> None:
    read = KD100.read("102", entries((1, "101"), (2, "102")))
    assert (read.phase, read.first_scan, read.last_scan) == ("to_ship", None, None)


@pytest.mark.parametrize(
    "text", ["顺丰速运 已收取快件", "已揽收", "已收件", "您的快件在【分拣中心】分拣完成"]
)
def test_without_codes_any_wording_but_that_of_waiting_is_a_first_scan(text: str) -> None:
    read = KD100.read("", entries((1, "", "您已提交订单"), (2, "", "等待揽收"), (3, "", text)))
    assert (read.phase, read.raw_code, read.first_scan) == ("shipped", "", 3)


def test_a_state_of_waiting_takes_the_scan_from_words_that_could_be_one() -> None:
    assert KD100.read("102", entries((1, "", "包裹信息已录入"))).first_scan is None
    assert KD100.read("0", entries((1, "", "包裹信息已录入"))).first_scan == 1
    assert KD100.read("102", entries((1, "", "包裹信息已录入"), (2, "", "再次录入"))).first_scan == 1


def test_a_revoked_or_unknown_waybill_was_not_scanned() -> None:
    for code in ("401", "210", "999"):
        assert KD100.read(code, entries((1, "101"), (2, code))).first_scan is None


def test_nothing_heard_for_long_is_no_scan_but_stalled() -> None:
    read = KD100.read("202", entries((1, "103"), (9, "202")))
    assert (read.flags, read.first_scan, read.last_scan, read.newest) == (("stalled",), 1, 1, 9)
    assert KD100.read("202", entries((1, "", "已揽收"))).last_scan == 1, "its last words still were a scan"


def test_a_more_detailed_entry_decides_over_a_basic_state_and_the_other_way_round() -> None:
    assert KD100.read("3", entries((1, "301", AT_LOCKER))).phase == "signed"
    assert KD100.read("3", entries((1, "304"))).flags == ("station",)
    assert KD100.read("304", entries((1, "3"))).flags == ("station",)
    assert KD100.read("303", entries((1, "3"))).flags == ("proxy",)
    assert KD100.read("1", entries((1, "102"))).phase == "to_ship"
    assert KDN.read("2", entries((1, "420"))).flags == ("address",)


def test_of_equal_detail_the_state_decides_and_what_the_entry_adds_is_kept() -> None:
    read = KD100.read("6", entries((1, "0")))
    assert (read.raw_code, read.flags) == ("6", ("returning",))
    read = KD100.read("2", entries((1, "14")))
    assert (read.raw_code, read.flags) == ("2", ("problem", "refused"))
    assert KDN.read("304", entries((1, "301"))).flags == ("proxy",)


def test_an_unknown_code_on_either_side_makes_the_whole_unknown_and_is_parked() -> None:
    read = KD100.read("99", entries((1, "301")))
    assert (read.phase, read.raw_code, read.unknown) == ("unknown", "99", (("state", "99"),))
    read = KD100.read("0", entries((1, "103"), (2, "305")))
    assert (read.phase, read.raw_code, read.unknown) == ("unknown", "305", (("state", "305"),))
    read = KD100.read("0", entries((1, "305"), (2, "0")))
    assert (read.phase, read.unknown) == ("shipped", (("state", "305"),)), "an older one is parked, too"


@pytest.mark.parametrize(("aggregator", "code"), [(KD100, "4"), (KDN, "406")])
def test_a_return_signed_by_its_sender_closes_the_waybill_and_signs_nothing(
    aggregator: Tracks, code: str
) -> None:
    for told in (((1, "103"), (2, code)), ((1, "103"), (2, "", HANDED_OVER)), ((1, "103"), (2, "301"))):
        read = aggregator.read(code, entries(*told))
        assert (read.phase, read.raw_code, read.signed) == ("closed", code, None)
    assert aggregator.read("2", entries((1, "103"), (2, code))).phase == "closed"


def test_a_signature_before_the_return_was_the_addressees() -> None:
    assert KD100.read("4", entries((1, "103"), (2, "301"), (3, "6"), (4, "4"))).signed == 2


def test_the_first_signature_counts_not_the_thanks_after_it() -> None:
    told = entries((1, "", "已揽收"), (2, "", HANDED_OVER), (3, "", "感谢使用"))
    assert KD100.read("3", told).signed == 2
    assert KD100.read("3", told[:1] + told[2:]).signed == 3, "without a word of it, the newest entry"
    assert KD100.read("", told[:2]).flags == ("unproven",)


def test_prepare_to_sign_is_no_signature() -> None:
    told = entries((1, "", "正在派送途中,请您准备签收"), (2, "", "感谢使用"))
    for state in ("", "5"):
        for track in (told, told[:1]):
            read = KD100.read(state, track)
            assert (read.phase, read.signed) == ("shipped", None)


def test_a_locker_is_no_signature_whatever_its_text_says() -> None:
    for told in (entries((1, "", HANDED_OVER)), entries((1, "", HANDED_OVER), (2, "", "感谢使用"))):
        read = KD100.read("304", told)
        assert (read.phase, read.flags, read.signed) == ("shipped", ("station",), None)
    assert KD100.read("304", entries((1, "301"), (2, "304"))).signed == 1, "a code in person stays"
    assert KD100.read("304", entries((1, "3", HANDED_OVER), (2, "304"))).signed == 1, (
        "as an earlier push said"
    )


def test_whoever_fetches_it_from_the_locker_has_signed() -> None:
    assert KD100.read("301", entries((1, "103"), (2, "304"), (3, "301"))).signed == 3


def test_of_one_instant_any_text_of_a_locker_counts() -> None:
    told = entries((1, "", HANDED_OVER), (1, "", "由驿站代收"))
    assert KD100.read("3", told).flags == KD100.read("3", told[::-1]).flags == ("station",)


def test_a_track_without_entries_is_its_state_alone() -> None:
    read = KD100.read("401", [])
    assert read == TrackRead(phase=read.phase, raw_code="401")
    assert read.phase == "closed"
    assert KD100.read("", []) == TrackRead(None, "")


def test_a_source_without_states_is_read_by_its_newest_entry() -> None:
    adapter = ADAPTERS["kuaidi100"]
    chosen = adapter.document.track["waybill"].model_copy(update={"state": ""})
    plain = Tracks(chosen, adapter.codes)
    assert plain.state_of({"state": "3"}, None) == ""
    assert plain.read("", entries((1, "103"), (2, "304"))).flags == ("station",)


TABLES = {"kuaidi100": "state", "kdniao": "StateEx", "aftership": "subtag"}
CODES = {name: sorted(ADAPTERS[name].codes[table].means) for name, table in TABLES.items()}
READERS = {"kuaidi100": KD100, "kdniao": KDN, "aftership": AFTERSHIP}
TEXTS = st.sampled_from(["某事", "等待揽收", AT_LOCKER, HANDED_OVER])


@st.composite
def coded(draw: st.DrawFn) -> tuple[Tracks, list[Entry]]:
    """A track with a code on every entry, as an aggregator writes it; some codes nobody knows."""
    source = draw(st.sampled_from(sorted(READERS)))
    codes = st.sampled_from([*CODES[source], "305", "1004", "Delivered_006", "nonsense"])
    rows = draw(st.lists(st.tuples(st.integers(1, 9), codes, TEXTS), min_size=1, max_size=8))
    return READERS[source], [Entry(*row) for row in rows]


@st.composite
def uncoded(draw: st.DrawFn) -> list[Entry]:
    rows = draw(st.lists(st.tuples(st.integers(1, 9), st.just(""), TEXTS), min_size=1, max_size=8))
    return [Entry(*row) for row in rows]


@given(coded(), st.sampled_from(["", "0", "3", "304", "4", "99"]), st.randoms(use_true_random=False))
def test_shuffled_entries_of_one_track_tell_the_same(
    track: tuple[Tracks, list[Entry]], state: str, random: Random
) -> None:
    reader, told = track
    shuffled = list(told)
    random.shuffle(shuffled)
    assert reader.read(state, shuffled)._replace(unknown=()) == reader.read(state, told)._replace(unknown=())
    assert set(reader.read(state, shuffled).unknown) == set(reader.read(state, told).unknown)


def folded(reads: Sequence[TrackRead]) -> TrackRead:
    """What whoever hears several pushes keeps: earliest scan and signature, the word of the newest."""
    newest = max(reads, key=lambda read: read.newest or 0)
    newest = [read for read in reads if read.newest == newest.newest][-1]
    return newest._replace(
        first_scan=min((read.first_scan for read in reads if read.first_scan), default=None),
        signed=min((read.signed for read in reads if read.signed), default=None),
    )


@given(coded(), st.integers(0, 8))
def test_an_earlier_push_and_the_whole_amount_to_the_whole(
    track: tuple[Tracks, list[Entry]], cut: int
) -> None:
    """The state is the newest entry's own code, as both aggregators send it, or there is none."""
    reader, told = track
    told = sorted(told, key=lambda entry: entry.at)
    earlier = [entry for entry in told if entry.at <= told[min(cut, len(told) - 1)].at]
    whole = reader.read("", told)
    assert folded([reader.read("", earlier), whole]) == whole
    assert folded([whole, reader.read("", earlier)])._replace(unknown=()) == whole._replace(unknown=())
    with_state = reader.read(whole.raw_code, told)
    before = reader.read("", earlier).raw_code
    assert folded([reader.read(before, earlier), with_state]) == with_state


@given(uncoded(), st.integers(0, 8))
def test_so_they_do_where_there_are_no_codes(told: list[Entry], cut: int) -> None:
    told = sorted(told, key=lambda entry: entry.at)
    earlier = [entry for entry in told if entry.at <= told[min(cut, len(told) - 1)].at]
    for state in ("", "0", "5"):
        whole = KD100.read(state, told)
        assert folded([KD100.read(state, earlier), whole]) == whole


@given(coded(), st.sampled_from(["", "0", "3", "304", "4", "99"]))
def test_a_track_never_contradicts_itself(track: tuple[Tracks, list[Entry]], state: str) -> None:
    reader, told = track
    read = reader.read(state, told)
    times = {entry.at for entry in told}
    assert {read.first_scan, read.last_scan, read.signed, read.newest} <= times | {None}
    assert (read.first_scan is None) == (read.last_scan is None)
    assert (read.first_scan or 0) <= (read.last_scan or 0) <= (read.newest or 0)
    assert read.phase != "signed" or read.signed is not None
