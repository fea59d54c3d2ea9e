using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Postfleet.Contracts.Persistence;
using Postfleet.Journal.Common;
using Postfleet.Journal.Reading;
using Postfleet.Journal.Writing;

namespace Postfleet.Journal.Plugin;

/// <summary>
/// The Akka journal of the queues and of the sharding. It reads through <see cref="JournalReader"/> and writes and deletes through
/// <see cref="JournalCommit"/>, in the tables of Akka.Persistence.Sql, whose own journal is not used: it builds each statement anew,
/// commits each deletion in a transaction of its own, and starts a stream for each read, which costs more than the statements themselves
/// (docs/benchmarks.md).
/// </summary>
/// <remarks>
/// One actor for each journal, created by Akka by its class name. Akka calls it on the actor's thread; the tasks continue on any thread.
/// </remarks>
internal sealed class GroupCommitJournal : AsyncWriteJournal
{
    private readonly string _table;
    private readonly JournalReader _reader;
    private readonly JournalCommit _commit;
    private readonly TimeProvider _time;
    private readonly Akka.Serialization.Serialization _serialization;
    private readonly ConcurrentDictionary<string, Task> _writes = new(StringComparer.Ordinal);
    // Entities whose start has read the highest number, found no row, and has not replayed yet: the replay needs no query.
    private readonly ConcurrentDictionary<string, bool> _withoutRows = new(StringComparer.Ordinal);

    /// <param name="config">The configuration of this journal.</param>
    public GroupCommitJournal(Config config)
    {
        var access = Context.System.Settings.Setup.Get<JournalAccessSetup>().Value;
        (_reader, _commit, _time) = (access.Reader, access.Commit, access.Time);
        _serialization = Context.System.Serialization;
        _table = config.GetString("table-name");
    }

    /// <inheritdoc/>
    public override async Task<long> ReadHighestSequenceNrAsync(
        string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        // A restarted entity must see a write of its previous incarnation still in progress, whatever its outcome.
        if (_writes.TryGetValue(persistenceId, out var write)) await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var end = await _reader.ReadHighestAsync(_table, persistenceId, cancellationToken);
        if (!end.HasRows && end.Number > 0) _withoutRows[persistenceId] = true;
        else _withoutRows.TryRemove(persistenceId, out _);
        return end.Number;
    }

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        if (!_withoutRows.TryRemove(persistenceId, out _))
            return _reader.ReadAsync(
                _table, persistenceId, fromSequenceNr, toSequenceNr, max, row => recoveryCallback(ToRepresentation(persistenceId, row)));
        // No row exists up to the floor, which is the upper bound of this replay.
        var nothing = new NoRowsKept(JournalFloor.LastSettled(_time.GetUtcNow()));
        recoveryCallback(new Persistent(nothing, toSequenceNr, persistenceId, "", false, ActorRefs.NoSender));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var written = _commit.WriteAsync(_table, ToRows(messages, out var id));
        if (!written.IsCompleted)
        {
            _writes[id] = written;
            _ = written.ContinueWith(
                done => _writes.TryRemove(new KeyValuePair<string, Task>(id, done)), CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        await written;
        // Akka reads null as: no event was rejected.
        return null!;
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        _commit.DeleteAsync(_table, persistenceId, toSequenceNr);

    private List<NewJournalRow> ToRows(IEnumerable<AtomicWrite> messages, out string id)
    {
        var now = _time.GetUtcNow().UtcTicks;
        List<NewJournalRow> rows = [];
        foreach (var message in messages)
        {
            foreach (var persistent in (IImmutableList<IPersistentRepresentation>)message.Payload)
            {
                var serializer = _serialization.FindSerializerFor(persistent.Payload);
                rows.Add(new NewJournalRow(
                    persistent.PersistenceId, persistent.SequenceNr, persistent.Timestamp == 0 ? now
                        : persistent.Timestamp, serializer.ToBinary(persistent.Payload),
                    Akka.Serialization.Serialization.ManifestFor(serializer, persistent.Payload), serializer.Identifier));
            }
        }

        id = rows[0].PersistenceId;
        return rows;
    }

    private Persistent ToRepresentation(string persistenceId, JournalRow row)
    {
        var payload = row.Serializer is { } serializer
            ? _serialization.Deserialize(row.Message, serializer, row.Manifest)
            : new UnreadableRow(row.Manifest, row.Message, "the row names no serializer");
        return new Persistent(payload, row.SequenceNumber, persistenceId, row.Manifest, false, ActorRefs.NoSender, null, row.Created);
    }
}
