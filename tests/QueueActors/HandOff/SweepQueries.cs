using System.Threading.Channels;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Fakes;

namespace Postfleet.QueueActors.Tests.HandOff;

/// <summary>The questions of a sweeper to its spool, which the test answers one by one.</summary>
internal sealed class SweepQueries
{
    private readonly Channel<Query> _queries = Channel.CreateUnbounded<Query>();

    public SweepQueries() => Spool = new MemorySpool
    {
        Unclaimed = async asked =>
        {
            // Continuations run where the test answers: when that returns, the answer is in the actor's mailbox.
            var query = new Query(asked.AcceptedBefore, asked.After, asked.Limit, new());
            await _queries.Writer.WriteAsync(query);
            return await query.Answer.Task;
        },
    };

    /// <summary>The spool of the sweeper.</summary>
    public MemorySpool Spool { get; }

    /// <summary>Whether a question waits that the test has not taken.</summary>
    public bool IsAsked => _queries.Reader.TryPeek(out _);

    public async Task<Query> NextQueryAsync() => await _queries.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>A question, with the answer that the test gives.</summary>
    public sealed record Query(
        DateTimeOffset Before, PartId? After, int Limit, TaskCompletionSource<IReadOnlyList<PendingPart>> Answer);
}
