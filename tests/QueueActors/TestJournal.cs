using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Akka.Serialization;
using Postfleet.Contracts.Persistence;

namespace Postfleet.QueueActors.Tests;

/// <summary>The test's view of its system's journal, and its controls.</summary>
internal sealed class JournalControl
{
    private static readonly ConditionalWeakTable<ActorSystem, JournalControl> Controls = [];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<long, (int Serializer, string Manifest, byte[] Octets)>> _rows = [];
    private readonly Dictionary<string, long> _highest = [];
    private TaskCompletionSource? _held;
    private (int Writes, Exception Failure)? _failAfter;

    public static JournalControl Of(ActorSystem system) => Controls.GetOrCreateValue(system);

    /// <summary>The exception thrown by the next writes, or null.</summary>
    public Exception? WriteFails { get; set; }

    /// <summary>The exception thrown by the next replays, or null.</summary>
    public Exception? ReadFails { get; set; }

    /// <summary>The floor of queues without rows, and the message they get instead of events; or null.</summary>
    public (long Number, NoRowsKept Nothing)? Floor { get; set; }

    /// <summary>The number of writes requested.</summary>
    public int Writes { get; private set; }

    /// <summary>The number of deletions made.</summary>
    public int Deletions { get; private set; }

    /// <summary>From now on, writes wait for <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (_gate) _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Release()
    {
        lock (_gate)
        {
            _held?.SetResult();
            _held = null;
        }
    }

    /// <summary>The pending write succeeds; later writes fail, as for an owner that has been replaced.</summary>
    public void FailAfterRelease(Exception failure)
    {
        lock (_gate) _failAfter = (Writes, failure);
    }

    public Task AskedAsync()
    {
        lock (_gate)
        {
            Writes++;
            if (_failAfter is var (writes, failure) && Writes > writes) WriteFails = failure;
            return _held?.Task ?? Task.CompletedTask;
        }
    }

    public int Count(string persistenceId)
    {
        lock (_gate) return _rows.TryGetValue(persistenceId, out var rows) ? rows.Count : 0;
    }

    /// <summary>The rows of the journal, read back through the serializer.</summary>
    public IReadOnlyList<object> Read(string persistenceId, Serialization serialization) =>
        [.. Rows(persistenceId, 0, long.MaxValue).Select(row => serialization.Deserialize(row.Octets, row.Serializer, row.Manifest))];

    public IReadOnlyList<(long SequenceNr, int Serializer, string Manifest, byte[] Octets)> Rows(string persistenceId, long from, long to)
    {
        lock (_gate)
        {
            return _rows.TryGetValue(persistenceId, out var rows)
                ? [.. rows.Where(row => row.Key >= from && row.Key <= to)
                    .Select(row => (row.Key, row.Value.Serializer, row.Value.Manifest, row.Value.Octets))]
                : [];
        }
    }

    public long Highest(string persistenceId)
    {
        lock (_gate) return _highest.TryGetValue(persistenceId, out var highest) ? highest : Floor?.Number ?? 0;
    }

    public void Write(string persistenceId, long sequenceNr, int serializer, string manifest, byte[] octets)
    {
        lock (_gate)
        {
            if (!_rows.TryGetValue(persistenceId, out var rows)) _rows.Add(persistenceId, rows = []);
            rows.Add(sequenceNr, (serializer, manifest, octets));
            _highest[persistenceId] = sequenceNr;
        }
    }

    /// <summary>Overwrites an event with garbage.</summary>
    public void Damage(string persistenceId, long sequenceNr)
    {
        lock (_gate) _rows[persistenceId][sequenceNr] = _rows[persistenceId][sequenceNr] with { Octets = [0xff, 0xff, 0xff] };
    }

    public void Delete(string persistenceId, long to)
    {
        lock (_gate)
        {
            Deletions++;
            if (!_rows.TryGetValue(persistenceId, out var rows)) return;
            foreach (var key in rows.Keys.Where(key => key <= to).ToList()) rows.Remove(key);
        }
    }
}

/// <summary>A journal in memory that holds octets, as a database does, and waits or fails when the test says so.</summary>
public sealed class TestJournal : AsyncWriteJournal
{
    /// <summary>The configuration that makes it a system's journal.</summary>
    public static readonly string Config =
        $$"""
        akka.persistence.journal.plugin = "akka.persistence.journal.test"
        akka.persistence.journal.test.class = "{{typeof(TestJournal).FullName}}, {{typeof(TestJournal).Assembly.GetName().Name}}"

        """;

    private readonly JournalControl _control = JournalControl.Of(Context.System);
    private readonly Serialization _serialization = Context.System.Serialization;

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        if (_control.ReadFails is { } failure) return Task.FromException(failure);
        if (_control.Floor is var (number, nothing) && toSequenceNr == number)
            recoveryCallback(new Persistent(nothing, number, persistenceId));
        foreach (var row in _control.Rows(persistenceId, fromSequenceNr, toSequenceNr))
        {
            if (max-- <= 0) break;
            var payload = _serialization.Deserialize(row.Octets, row.Serializer, row.Manifest);
            recoveryCallback(new Persistent(payload, row.SequenceNr, persistenceId, row.Manifest));
        }

        return Task.CompletedTask;
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        Task.FromResult(_control.Highest(persistenceId));

    protected override async Task<IImmutableList<Exception?>> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var writes = messages.ToList();
        var rows = writes.SelectMany(write => (IImmutableList<IPersistentRepresentation>)write.Payload).ToList();
        await _control.AskedAsync();
        if (_control.WriteFails is { } failure) throw failure;
        foreach (var row in rows)
        {
            var serializer = (SerializerWithStringManifest)_serialization.FindSerializerFor(row.Payload);
            _control.Write(
                row.PersistenceId, row.SequenceNr, serializer.Identifier, serializer.Manifest(row.Payload),
                serializer.ToBinary(row.Payload));
        }

        return writes.Select(_ => (Exception?)null).ToImmutableList();
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
    {
        _control.Delete(persistenceId, toSequenceNr);
        return Task.CompletedTask;
    }
}
