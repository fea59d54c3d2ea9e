using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// The mailbox of persistent actors. A node may have a hundred thousand of them. Akka creates it by its name in the configuration.
/// </summary>
internal sealed class LeanMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<EnvelopeDeque>
{
    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new EnvelopeDeque();
}
