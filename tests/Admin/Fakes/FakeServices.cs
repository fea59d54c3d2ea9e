using Microsoft.Extensions.DependencyInjection;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Signing;
using Postfleet.Contracts.Stats;
using Postfleet.Contracts.Suppression;
using Postfleet.Contracts.Users;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>Registers the fakes of other modules.</summary>
internal static class FakeServices
{
    public static IServiceCollection WithFakes(
        this IServiceCollection services, FakeActions? actions = null, FakeMail? mail = null, FakeFeed? feed = null,
        FakeUsers? users = null, FakeBudgets? budgets = null, FakeTakeovers? takeovers = null, FakeSigningKeys? keys = null,
        FakeSuppressions? suppressions = null)
    {
        (actions, mail) = (actions ?? new FakeActions(), mail ?? new FakeMail());
        return services.AddSingleton<IActions>(actions).AddSingleton<ISuspensions>(actions).AddSingleton<IHistory>(mail)
            .AddSingleton<IPartScanner>(mail).AddSingleton<IPartReader>(mail).AddSingleton<IRouteResolver>(mail)
            .AddSingleton<IRouteNames>(mail).AddSingleton<IRedirections>(actions)
            .AddSingleton<ISubmission>(mail)
            .AddSingleton<IDestinationLimits>(mail).AddSingleton<IQueueSettings>(mail).AddSingleton<IEventFeed>(feed ?? new FakeFeed())
            .AddSingleton<IUsers>(users ?? new FakeUsers()).AddSingleton<IBudgets>(budgets ?? new FakeBudgets())
            .AddSingleton<ISigningKeys>(keys ?? new FakeSigningKeys())
            .AddSingleton<ISuppressions>(suppressions ?? new FakeSuppressions())
            .AddSingleton<ITakeoverHistory>(takeovers ?? new FakeTakeovers());
    }
}
