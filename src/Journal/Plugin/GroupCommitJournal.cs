using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql.Journal;
using Postfleet.Contracts.Events;
using Postfleet.Journal.Common;
using Postfleet.Journal.Reading;
using Postfleet.Journal.Writing;

namespace Postfleet.Journal.Plugin;

/// <summary>
/// A journal in Akka.Persistence.Sql's tables, with reads, writes and deletions of its own: that of the queues and that of the sharding. A
/// queue's start asks for its highest number and its events, each of its rounds writes a row, and its end deletes them; the plugin builds
/// each statement anew, and commits each deletion by itself, which costs more than everything else about them (docs/benchmarks.md).
/// </summary>
/// <remarks>Made by Akka by its name. Rows, tables and the meaning of deleted rows are the plugin's.</remarks>
internal sealed class GroupCommitJournal : SqlWriteJournal
{
    private readonly string _table;
    private readonly JournalReader _reader;
    private readonly JournalCommit _commit;
    private readonly TimeProvider _time;
    private readonly Akka.Serialization.Serialization _serialization;
    private readonly ConcurrentDictionary<string, Task> _writes = new(StringComparer.Ordinal);
    // Between the two questions of a start. What the first one has told need not be asked again.
    private readonly ConcurrentDictionary<string, bool> _withoutRows = new(StringComparer.Ordinal);

    /// <param name="config">The plugin's configuration.</param>
    public GroupCommitJournal(Config config)
        : base(config)
    {
        var access = Context.System.Settings.Setup.Get<JournalAccessSetup>().Value;
        (_reader, _commit, _time) = (access.Reader, access.Commit, access.Time);
        _serialization = Context.System.Serialization;
        _table = config.GetString("default.journal.table-name");
    }

    /// <inheritdoc/>
    public override async Task<long> ReadHighestSequenceNrAsync(
        string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        // An entity that starts again must not miss what the one before it is still writing, whatever comes of that.
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
        // No row can come up to the floor, which is the number up to which is read.
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
        // As Akka reads it: none was refused.
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
            : new UnreadableRow(row.Manifest, row.Message, "it names no serializer");
        return new Persistent(payload, row.SequenceNumber, persistenceId, row.Manifest, false, ActorRefs.NoSender, null, row.Created);
    }
}
