using Postfleet.Core.Greylisting;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Commit;

/// <summary>An engine for which all triplets are new.</summary>
internal sealed class FakeGreylist : IGreylistStorage
{
    private int _trims;

    /// <summary>Runs as the transaction that bounds networks; what it throws fails it.</summary>
    public Func<CancellationToken, Task<int>> Trim { get; set; } = _ => Task.FromResult(0);

    /// <summary>The number of transactions that bound networks.</summary>
    public int Trims => Volatile.Read(ref _trims);

    public ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken) =>
        new([.. triplets.Select(_ => new GreylistMeeting(GreylistState.New, rules.Delay))]);

    public async ValueTask<int> TrimAsync(IReadOnlyList<long> networks, int max, int limit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _trims);
        return await Trim(cancellationToken);
    }

    public ValueTask<long> FindCutAsync(int maxUnproved, CancellationToken cancellationToken) => throw new IOException("cannot read");

    public ValueTask<int> SweepAsync(long cut, int limit, CancellationToken cancellationToken) => throw new IOException("cannot write");
}
