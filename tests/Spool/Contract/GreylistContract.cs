using Postfleet.Core.Greylisting;
using Postfleet.Spool.Commit;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of both engines about greylisting.</summary>
public abstract class GreylistContract : SpoolBench
{
    private static readonly GreylistRules Rules = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(48), TimeSpan.FromDays(36), 2);

    private readonly ISpoolPlace _place;

    private protected GreylistContract(ISpoolPlace place) : base(place) => _place = place;

    [Fact]
    public async Task A_triplet_waits_comes_back_and_is_known_also_after_a_restart()
    {
        var triplet = Triplet(1, 100);
        Assert.Equal(new GreylistMeeting(GreylistState.New, Rules.Delay), await MeetAsync(triplet));
        var early = await MeetAsync(triplet);
        Assert.Equal(GreylistState.Early, early.State);
        Assert.InRange(early.Wait, TimeSpan.FromMinutes(4), Rules.Delay);
        await ReopenAsync();
        await PassAsync(5);
        Assert.Equal(GreylistState.Proved, (await MeetAsync(triplet)).State);
        Assert.Equal(new GreylistMeeting(GreylistState.Known, TimeSpan.Zero), await MeetAsync(triplet));
        await ReopenAsync();
        Assert.Equal(GreylistState.Known, (await MeetAsync(triplet)).State);
        Assert.Equal(2, await CountAsync("greylist"));
    }

    [Fact]
    public async Task A_triplet_that_comes_back_too_late_begins_anew()
    {
        await MeetAsync(Triplet(1, 100));
        await PassAsync(48 * 60);
        Assert.Equal(GreylistState.New, (await MeetAsync(Triplet(1, 100))).State);
        Assert.Equal(GreylistState.Early, (await MeetAsync(Triplet(1, 100))).State);
    }

    [Fact]
    public async Task A_known_triplet_is_forgotten_after_its_life_and_each_mail_prolongs_it()
    {
        await ProveAsync(Triplet(1, 100));
        await PassAsync(35 * 24 * 60);
        Assert.Equal(GreylistState.Known, (await MeetAsync(Triplet(1, 100))).State);
        await PassAsync(35 * 24 * 60);
        Assert.Equal(GreylistState.Known, (await MeetAsync(Triplet(1, 100))).State);
        await PassAsync(36 * 24 * 60 + 1);
        Assert.Equal(GreylistState.New, (await MeetAsync(Triplet(1, 100))).State);
    }

    [Fact]
    public async Task A_sender_that_has_proved_itself_is_known_for_all_recipients()
    {
        await ProveAsync(Triplet(1, 100));
        Assert.Equal(GreylistState.New, (await MeetAsync(Triplet(2, 100))).State);
        await ProveAsync(Triplet(3, 100));
        Assert.Equal(new GreylistMeeting(GreylistState.KnownSender, TimeSpan.Zero), await MeetAsync(Triplet(4, 100)));
        Assert.Equal(GreylistState.New, (await MeetAsync(Triplet(5, 200))).State);
        var never = Rules with { Proofs = 0 };
        Assert.Equal(GreylistState.New, (await Spool.Greylist.MeetAsync([Triplet(6, 100)], never, default))[0].State);
    }

    [Fact]
    public async Task A_batch_has_an_answer_for_each_triplet_in_order()
    {
        await ProveAsync(Triplet(1, 100));
        await MeetAsync(Triplet(2, 200));
        await PassAsync(6);
        await MeetAsync(Triplet(3, 100));
        var meetings = await Spool.Greylist.MeetAsync(
            [Triplet(9, 900), Triplet(3, 100), Triplet(2, 200), Triplet(1, 100), Triplet(8, 100)], Rules, default);
        Assert.Equal(
            [GreylistState.New, GreylistState.Early, GreylistState.Proved, GreylistState.Known, GreylistState.New],
            meetings.Select(meeting => meeting.State));
    }

    [Fact]
    public async Task Nodes_that_meet_a_triplet_together_keep_its_first_time()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => MeetManyAsync(Enumerable.Range(0, 50).Select(n => Triplet(n + i, 100)))));
        await PassAsync(6);
        var states = await Spool.Greylist.MeetAsync([.. Enumerable.Range(0, 69).Select(n => Triplet(n, 100))], Rules, default);
        Assert.All(states, meeting => Assert.True(meeting.State is GreylistState.Proved or GreylistState.KnownSender));
    }

    [Fact]
    public async Task Old_rows_are_swept_and_unproved_ones_first_where_there_are_too_many()
    {
        await ProveAsync(Triplet(1, 100));
        for (var i = 10; i < 20; i++)
        {
            await MeetAsync(Triplet(i, 1000));
            await PassAsync(1);
        }

        Assert.Equal(12, await CountAsync("greylist"));
        await Spool.DisposeAsync();
        var storage = _place.NewStorage();
        await UseAsync(storage);
        Assert.Equal(0, await SweepAsync(storage, 10, 100));
        Assert.Equal(6, await SweepAsync(storage, 4, 100));
        Assert.Equal(GreylistState.New, (await MeetAsync(Triplet(15, 1000))).State);
        Assert.Equal(GreylistState.Early, (await MeetAsync(Triplet(19, 1000))).State);
        await PassAsync(8 * 24 * 60);
        Assert.Equal(3, await SweepAsync(storage, 100, 3));
        Assert.Equal(2, await SweepAsync(storage, 100, 3));
        Assert.Equal(2, await CountAsync("greylist"));
        await PassAsync(180 * 24 * 60);
        await SweepAsync(storage, 100, 100);
        Assert.Equal(0, await CountAsync("greylist"));
    }

    [Fact]
    public async Task A_flood_from_one_network_pushes_out_its_own_rows_alone()
    {
        await MeetAsync(Triplet(1, 100));
        await ProveAsync(Triplet(2, 5000));
        var most = IGreylistStore.MaxUnprovedOfNetwork + GreylistGrowth.Step + IGreylistStore.MaxBatch;
        for (var sent = 0; sent < most + 3000; sent += IGreylistStore.MaxBatch)
        {
            await MeetManyAsync(Enumerable.Range(sent, IGreylistStore.MaxBatch).Select(i => Triplet(10_000 + i, 5000)));
        }

        await Eventually.True(
            async () => await CountAsync("greylist") <= most + 3, TimeSpan.FromSeconds(30), "the rows of the network are bounded");
        Assert.InRange(await CountAsync("greylist"), IGreylistStore.MaxUnprovedOfNetwork, most + 3);
        Assert.Equal(GreylistState.Proved, (await MeetAsync(Triplet(1, 100))).State);
        Assert.Equal(GreylistState.Known, (await MeetAsync(Triplet(2, 5000))).State);
        // The oldest rows of the network have gone.
        Assert.Equal(GreylistState.New, (await MeetAsync(Triplet(10_000, 5000))).State);
    }

    [Fact]
    public async Task A_network_keeps_its_newest_rows()
    {
        for (var i = 0; i < 10; i++)
        {
            await MeetAsync(Triplet(i, 100));
            await PassAsync(1);
        }

        await Spool.DisposeAsync();
        var storage = _place.NewStorage();
        await UseAsync(storage);
        await storage.Greylist.TrimAsync([Triplet(0, 200).Network, Triplet(0, 300).Network], 1, 100, default);
        await storage.Greylist.TrimAsync([Triplet(0, 100).Network], 10, 100, default);
        Assert.Equal(10, await CountAsync("greylist"));
        await storage.Greylist.TrimAsync([Triplet(0, 100).Network], 3, 4, default);
        Assert.Equal(6, await CountAsync("greylist"));
        await storage.Greylist.TrimAsync([Triplet(0, 100).Network], 3, 100, default);
        Assert.Equal(3, await CountAsync("greylist"));
        var states = await Spool.Greylist.MeetAsync([.. Enumerable.Range(6, 4).Select(i => Triplet(i, 100))], Rules, default);
        Assert.Equal(
            [GreylistState.New, GreylistState.Early, GreylistState.Early, GreylistState.Early], states.Select(meeting => meeting.State));
    }

    private static GreylistTriplet Triplet(int key, int sender) => new(Id(key), Id(sender + 1_000_000)) { Network = sender };

    private static async Task<int> SweepAsync(IStorage storage, int maxUnproved, int limit) =>
        await storage.Greylist.SweepAsync(await storage.Greylist.FindCutAsync(maxUnproved, default), limit, default);

    private static Guid Id(int number) => new(number, 7, 7, [1, 2, 3, 4, 5, 6, 7, 8]);

    private async Task MeetManyAsync(IEnumerable<GreylistTriplet> triplets) =>
        await Spool.Greylist.MeetAsync([.. triplets], Rules, default);

    private async Task<GreylistMeeting> MeetAsync(GreylistTriplet triplet) =>
        Assert.Single(await Spool.Greylist.MeetAsync([triplet], Rules, default));

    private async Task ProveAsync(GreylistTriplet triplet)
    {
        Assert.Equal(GreylistState.New, (await MeetAsync(triplet)).State);
        await PassAsync(5);
        Assert.Equal(GreylistState.Proved, (await MeetAsync(triplet)).State);
    }

    // Time passes: all rows grow older.
    private Task PassAsync(int minutes) =>
        ExecuteAsync($"UPDATE greylist SET first = first - {minutes * 60_000_000L}, last = last - {minutes * 60_000_000L}");
}
