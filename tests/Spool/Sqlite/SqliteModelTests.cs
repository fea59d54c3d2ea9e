using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Queueing;
using Postfleet.Storage.Commit;
using Postfleet.Testing.Fakes;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>Any sequence of operations leaves the spool as it leaves a dictionary.</summary>
public sealed class SqliteModelTests
{
    private static readonly string[] Domains = ["a.test", "b.test", "c.test"];

    private abstract record Step;

    private sealed record Store(int Parts) : Step;

    private sealed record Settle(int Part, int Attempt, bool Final, bool Notify) : Step;

    private sealed record Mark(int Part) : Step;

    private sealed record Read(int Part) : Step;

    private sealed record Reopen : Step;

    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (4, Gen.Int[1, 3].Select(parts => (Step)new Store(parts))),
        (6, Gen.Select(Gen.Int[0, 30], Gen.Int[1, 3], Gen.Bool, Gen.Bool,
            (part, attempt, final, notify) => (Step)new Settle(part, attempt, final, notify))),
        (2, Gen.Int[0, 30].Select(part => (Step)new Mark(part))),
        (3, Gen.Int[0, 30].Select(part => (Step)new Read(part))),
        (1, Gen.Const((Step)new Reopen())));

    [Fact]
    public async Task The_spool_behaves_as_a_dictionary_of_parts() =>
        await AnyStep.Array[1, 60].SampleAsync(RunAsync, iter: 60, threads: 2);

    private static async Task RunAsync(Step[] steps)
    {
        var place = new SqlitePlace();
        var spool = await OpenAsync(place);
        Model model = new();
        foreach (var step in steps)
        {
            switch (step)
            {
                case Store store:
                    var message = Mail.Message(Domains[..store.Parts]);
                    Assert.Equal(StoreResult.Stored, await spool.StoreAsync(message, default));
                    model.Add(message);
                    break;
                case Settle settle when model.Known.Count > 0:
                    var notification = settle.Notify ? Mail.Notification() : null;
                    var settlement = new Settlement(model.Pick(settle.Part), settle.Attempt, settle.Final, notification);
                    Assert.Equal(model.Settle(settlement), await spool.SettleAsync(settlement, default));
                    break;
                case Mark mark when model.Known.Count > 0:
                    await spool.MarkHandedOffAsync([model.Pick(mark.Part).Mark()], default);
                    model.Mark(model.Pick(mark.Part));
                    break;
                case Read read when model.Known.Count > 0:
                    var id = model.Pick(read.Part);
                    Assert.Equal(model.Open.ContainsKey(id), await spool.ReadAsync(id, default) is not null);
                    break;
                case Reopen:
                    await spool.DisposeAsync();
                    spool = await OpenAsync(place);
                    break;
            }
        }

        await AssertSameAsync(model, spool, place);
        await spool.DisposeAsync();
        await place.CleanUpAsync();
    }

    private static async Task AssertSameAsync(Model model, GroupCommitSpool spool, SqlitePlace place)
    {
        Assert.Equal(model.Open.Count, await place.CountAsync("part"));
        Assert.Equal(model.Open.Keys.Select(part => part.Message).Distinct().Count(), await place.CountAsync("message"));
        var unclaimed = await spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 1000, default);
        Assert.Equal(
            model.Open.Where(part => !part.Value.HandedOff).Select(part => part.Key).ToHashSet(),
            unclaimed.Select(part => part.Id).ToHashSet());
        foreach (var (part, state) in model.Open) Mail.AssertSame(state.Message, await spool.ReadAsync(part, default), state.Index);
    }

    private static async Task<GroupCommitSpool> OpenAsync(SqlitePlace place)
    {
        var spool = new GroupCommitSpool(
            place.NewStorage(), 1 << 20, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);
        await spool.StartAsync(default);
        return spool;
    }

    private sealed class Model
    {
        public List<PartId> Known { get; } = [];

        public Dictionary<PartId, State> Open { get; } = [];

        public PartId Pick(int index) => Known[index % Known.Count];

        public void Add(NewMessage message)
        {
            for (var i = 0; i < message.Parts.Count; i++)
            {
                Known.Add(message.Part(i));
                Open.Add(message.Part(i), new State(message, i, 0, false));
            }
        }

        public SettlementResult Settle(Settlement settlement)
        {
            if (!Open.TryGetValue(settlement.Part, out var state) || state.Reported >= settlement.Attempt) return default;
            if (settlement.IsFinal) Open.Remove(settlement.Part);
            else Open[settlement.Part] = state with { Reported = settlement.Attempt };
            if (settlement.Notification is { } notification) Add(notification);
            return new SettlementResult(Applied: true, IsReportDue: false);
        }

        public void Mark(PartId part)
        {
            if (Open.TryGetValue(part, out var state)) Open[part] = state with { HandedOff = true };
        }
    }

    private sealed record State(NewMessage Message, int Index, int Reported, bool HandedOff);
}
