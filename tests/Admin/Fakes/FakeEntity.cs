using Akka.Actor;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>Stands for all queues and destinations of a node, and describes them as the test says.</summary>
internal sealed class FakeEntity : ReceiveActor
{
    public FakeEntity(QueueDescription queue, DestinationDescription destination)
    {
        Receive<DescribeQueue>(ask => Sender.Tell(queue with
        {
            Messages = [.. queue.Messages.Where(message => ask.Message is null || message.Message == ask.Message).Take(ask.MaxMessages)],
        }));
        Receive<DescribeDestination>(_ => Sender.Tell(destination));
    }
}
