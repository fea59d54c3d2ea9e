using Akka.Actor;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors;

/// <summary>What a queue had done has ended.</summary>
internal sealed record Completed(QueueCommand Command) : INoSerializationVerificationNeeded;

/// <summary>The spool has, or has not, offered a damaged queue's mail again.</summary>
internal sealed record Reoffered(bool IsDone) : INoSerializationVerificationNeeded;
