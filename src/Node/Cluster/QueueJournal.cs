using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql.Journal;
using Postfleet.Core.Protocol.Events;

namespace Postfleet.Node.Cluster;

/// <summary>
/// The journal of the queues: Akka.Persistence.Sql's, with reads of its own. A queue's start asks for its highest number and its events; the plugin builds both
/// queries anew each time, in a transaction and a stream of their own, which cost more than everything else at a start (docs/benchmarks.md).
/// </summary>
/// <remarks>Made by Akka by its name. Rows, tables and the meaning of deleted rows are the plugin's.</remarks>
internal sealed class QueueJournal : SqlWriteJournal
{
    private readonly JournalReader _reader;
    private readonly Akka.Serialization.Serialization _serialization;
    private readonly ConcurrentDictionary<string, Task> _writes = new(StringComparer.Ordinal);

    /// <param name="config">The plugin's configuration.</param>
    public QueueJournal(Config config)
        : base(config)
    {
        _reader = Context.System.Settings.Setup.Get<JournalReaderSetup>().Value.Reader;
        _serialization = Context.System.Serialization;
    }

    /// <inheritdoc/>
    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        // An entity that starts again must not miss what the one before it is still writing, whatever comes of that.
        if (_writes.TryGetValue(persistenceId, out var write)) await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await _reader.ReadHighestAsync(persistenceId, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback) =>
        _reader.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, max, row => recoveryCallback(ToRepresentation(persistenceId, row)));

    /// <inheritdoc/>
    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var writes = messages as IReadOnlyCollection<AtomicWrite> ?? [.. messages];
        var written = base.WriteMessagesAsync(writes, cancellationToken);
        if (writes.FirstOrDefault() is { PersistenceId: var id } && !written.IsCompleted)
        {
            _writes[id] = written;
            written.ContinueWith(
                done => _writes.TryRemove(new KeyValuePair<string, Task>(id, done)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        return written;
    }

    private Persistent ToRepresentation(string persistenceId, JournalRow row)
    {
        var payload = row.Serializer is { } serializer
            ? _serialization.Deserialize(row.Message, serializer, row.Manifest)
            : new UnreadableRow(row.Manifest, row.Message, "it names no serializer");
        return new Persistent(payload, row.SequenceNumber, persistenceId, row.Manifest, false, ActorRefs.NoSender, null, row.Created);
    }
}
