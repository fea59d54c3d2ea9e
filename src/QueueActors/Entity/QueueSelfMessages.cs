using Akka.Actor;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>The result of an operation that the queue started.</summary>
internal sealed record Completed(QueueCommand Command) : INoSerializationVerificationNeeded;

/// <summary>Whether the spool has offered a damaged queue's mail again.</summary>
internal sealed record Reoffered(bool IsDone) : INoSerializationVerificationNeeded;
