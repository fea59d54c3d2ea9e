using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Serialization;
using Postfleet.QueueActors.Formats;
using Postfleet.Testing.Formats;

namespace Postfleet.QueueActors.Tests;

/// <summary>
/// Passes every message between actors through its serializer, as between nodes. The exception is an envelope inside Akka.Persistence's own
/// journal, which never leaves the node and lacks the mark that exempts it: it would be written as JSON with the module's events in it, and
/// could not be read back.
/// </summary>
public sealed class SerializedMessages(ExtendedActorSystem system) : Serializer(system)
{
    private static readonly ConcurrentDictionary<int, object> Passing = new();
    private static int _last;

    private static Config Config { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serialize-messages = on
          serializers.by-reference = "{{typeof(SerializedMessages).AssemblyQualifiedName}}"
          serialization-bindings."Akka.Persistence.Journal.AsyncWriteJournal+Desequenced, Akka.Persistence" = by-reference
        }
        """);

    /// <summary>The set-up of an actor system with the formats of queues whose messages are all serialized.</summary>
    public static ActorSystemSetup Setup(string config) =>
        FormatSystems.Setup(ConfigurationFactory.ParseString(config).WithFallback(Config), QueueFormats.All);

    public override int Identifier => 9053;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj)
    {
        var number = Interlocked.Increment(ref _last);
        Passing[number] = obj;
        return BitConverter.GetBytes(number);
    }

    public override object FromBinary(byte[] bytes, Type type) =>
        Passing.TryRemove(BitConverter.ToInt32(bytes), out var value) ? value : throw new InvalidOperationException("passed already");
}
