from bulk2space.contract import seeds


def test_streams_depend_on_seed_and_every_name():
    draws = {
        names: seeds.generator(*names).random()
        for names in [(1,), (1, "a"), (2, "a"), (1, "a", "b"), (1, "ab"), (1, "b", "a")]
    }
    assert len(set(draws.values())) == len(draws)
    assert seeds.generator(1, "a").random() == draws[(1, "a")]
