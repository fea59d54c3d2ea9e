using Akka.Actor;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>The result of an operation of the queue.</summary>
internal sealed record Completed(QueueCommand Command) : INoSerializationVerificationNeeded;

/// <summary>Whether the spool has offered a damaged queue's mail again.</summary>
internal sealed record Reoffered(bool IsDone) : INoSerializationVerificationNeeded;
