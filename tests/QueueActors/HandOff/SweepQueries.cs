using System.Threading.Channels;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Fakes;

namespace Postfleet.QueueActors.Tests.HandOff;

/// <summary>The queries of a sweeper to its spool. The test answers them one by one.</summary>
internal sealed class SweepQueries
{
    private readonly Channel<Query> _queries = Channel.CreateUnbounded<Query>();

    public SweepQueries() => Spool = new MemorySpool
    {
        Unclaimed = async asked =>
        {
            // Continuations run on the thread of the test's answer, so that the answer is in the actor's mailbox when the thread returns.
            var query = new Query(asked.AcceptedBefore, asked.After, asked.Limit, new());
            await _queries.Writer.WriteAsync(query);
            return await query.Answer.Task;
        },
    };

    /// <summary>The spool of the sweeper.</summary>
    public MemorySpool Spool { get; }

    /// <summary>Whether a query waits that the test has not taken.</summary>
    public bool IsAsked => _queries.Reader.TryPeek(out _);

    public async Task<Query> NextQueryAsync() => await _queries.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>A query, and the answer of the test.</summary>
    public sealed record Query(
        DateTimeOffset Before, PartId? After, int Limit, TaskCompletionSource<IReadOnlyList<PendingPart>> Answer);
}
