using System.Globalization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Postfleet.Contracts.Persistence;
using Postfleet.Journal.Reading;

namespace Postfleet.Journal.Tests;

/// <summary>An actor system on a journal, with entities that count their events.</summary>
internal sealed class JournalBench(JournalStorage storage, string config = "") : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system = ActorSystem.Create("journal", ActorSystemSetup.Create(
        [BootstrapSetup.Create().WithConfig(ConfigurationFactory
            .ParseString(config + "\nakka { loglevel = OFF, stdout-loglevel = OFF, coordinated-shutdown.run-by-clr-shutdown-hook = off }")
            .WithFallback(storage.ToConfig())),
        .. storage.Setups(TimeProvider.System)]));

    /// <summary>The event that the last entity recovered when its rows were swept; null when it has rows or never had any.</summary>
    public NoRowsKept? Nothing { get; private set; }

    /// <summary>Makes an entity write another event.</summary>
    /// <returns>The number of its events; -1 when the write or the recovery failed, which stops the entity.</returns>
    public async Task<int> CountAsync(string id, string journal = JournalStorage.QueueJournal)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Nothing = null;
        Action<NoRowsKept> told = nothing => Nothing = nothing;
        _system.ActorOf(Props.Create(() => new Counter(id, journal, answer, told)));
        return await answer.Task.WaitAsync(Limit);
    }

    /// <summary>Deletes an entity's events like an emptied queue.</summary>
    public async Task DeleteAsync(string id, long upTo, string journal = JournalStorage.QueueJournal)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.ActorOf(Props.Create(() => new Deleter(id, journal, upTo, done)));
        await done.Task.WaitAsync(Limit);
    }

    /// <summary>Lets a number of entities write at the same time.</summary>
    /// <returns>The number of failed writes.</returns>
    public async Task<int> WriteTogetherAsync(int entities)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.ActorOf(Props.Create(() => new Crowd(entities, answer)));
        return await answer.Task.WaitAsync(Limit);
    }

    /// <summary>Deserializes the event of a row.</summary>
    public object Deserialize(JournalRow row) => _system.Serialization.Deserialize(row.Message, row.Serializer!.Value, row.Manifest);

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        await storage.DisposeAsync();
    }

    private sealed class Deleter : UntypedPersistentActor
    {
        private readonly long _upTo;
        private readonly TaskCompletionSource _done;

        public Deleter(string id, string journal, long upTo, TaskCompletionSource done)
        {
            (PersistenceId, JournalPluginId, _upTo, _done) = (id, journal, upTo, done);
            SnapshotPluginId = "akka.persistence.no-snapshot-store";
        }

        public override string PersistenceId { get; }

        protected override void OnRecover(object message)
        {
            if (message is RecoveryCompleted) DeleteMessages(_upTo);
        }

        protected override void OnCommand(object message)
        {
            if (message is DeleteMessagesSuccess) _done.TrySetResult();
            if (message is DeleteMessagesFailure failure) _done.TrySetException(failure.Cause);
            Context.Stop(Self);
        }
    }

    private sealed class Crowd : UntypedActor
    {
        private readonly TaskCompletionSource<int> _answer;
        private int _left;
        private int _failed;

        public Crowd(int entities, TaskCompletionSource<int> answer)
        {
            (_left, _answer) = (entities, answer);
            var journal = Persistence.Instance.Apply(Context.System).JournalFor(JournalStorage.QueueJournal);
            for (var i = 0; i < entities; i++)
            {
                var row = new AtomicWrite(new Persistent("one more", 1, $"crowd-{i}", "", false, Self));
                journal.Tell(new WriteMessages([row], Self, 1));
            }
        }

        protected override void OnReceive(object message)
        {
            if (message is WriteMessageFailure or WriteMessageRejected) _failed++;
            else if (message is not WriteMessageSuccess) return;
            if (--_left == 0) _answer.TrySetResult(_failed);
        }
    }

    private sealed class Counter : UntypedPersistentActor
    {
        private readonly TaskCompletionSource<int> _answer;
        private readonly Action<NoRowsKept> _told;
        private int _answered = -1;
        private int _count;

        public Counter(string id, string journal, TaskCompletionSource<int> answer, Action<NoRowsKept> told)
        {
            (PersistenceId, JournalPluginId, _answer, _told) = (id, journal, answer, told);
            if (HasSnapshots) SnapshotPluginId = JournalStorage.ShardingSnapshots;
        }

        public override string PersistenceId { get; }

        // Entities of the sharding's journal recover from snapshots, as the sharding does.
        private bool HasSnapshots => JournalPluginId == JournalStorage.ShardingJournal;

        protected override void OnRecover(object message)
        {
            if (message is SnapshotOffer { Snapshot: string count }) _count = int.Parse(count, CultureInfo.InvariantCulture);
            if (message is string) _count++;
            if (message is NoRowsKept nothing) _told(nothing);
            if (message is not RecoveryCompleted) return;
            Persist("one more", _ =>
            {
                _answered = ++_count;
                if (HasSnapshots) SaveSnapshot(_count.ToString(CultureInfo.InvariantCulture));
                else Context.Stop(Self);
            });
        }

        protected override void OnCommand(object message)
        {
            if (message is SaveSnapshotFailure) _answered = -1;
            if (message is SaveSnapshotSuccess or SaveSnapshotFailure) Context.Stop(Self);
        }

        protected override void PostStop()
        {
            _answer.TrySetResult(_answered);
            base.PostStop();
        }
    }
}
