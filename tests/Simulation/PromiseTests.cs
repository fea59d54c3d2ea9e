using Postfleet.Simulation.Tests.Machinery;
using Xunit;

namespace Postfleet.Simulation.Tests;

/// <summary>The promises hold at every step of many runs.</summary>
public sealed class PromiseTests
{
    [Fact]
    public void Crashes_and_lost_messages_cost_no_mail_and_send_none_twice()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var plan = new Plan(seed, Sizes.Of(seed)) { Kinds = [FaultKind.Crash, FaultKind.Loss] };
            if (Simulator.Run(plan).Failure is not null) Assert.Fail(Shrinker.Explain(plan));
        }
    }
}
