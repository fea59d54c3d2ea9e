using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Postfleet.Operations.Users;
using Postfleet.Spool;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Operations.Tests.Users;

/// <summary>Changes of users reach the listeners of all nodes, on both engines.</summary>
public sealed class StoredUsersOnEnginesTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new("users");
    private readonly List<(ServiceProvider Services, StoredUsers Users)> _nodes = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var (services, users) in _nodes)
        {
            await users.DisposeAsync();
            foreach (var service in services.GetServices<IHostedService>()) await service.StopAsync(default);
            await services.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Theory]
    [InlineData(SpoolProvider.Sqlite)]
    [InlineData(SpoolProvider.Postgres)]
    public async Task A_change_holds_on_all_nodes_within_a_second(SpoolProvider engine)
    {
        var settings = engine == SpoolProvider.Sqlite
            ? new SpoolSettings { Path = _folder.FullPath }
            : new SpoolSettings
            {
                Provider = engine,
                ConnectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(),
            };
        var admin = await StartAsync(settings);
        IUserDirectory frontend = engine == SpoolProvider.Sqlite ? admin : await StartAsync(settings);
        _ = frontend.Version;
        var stored = await admin.PutAsync(new MailUser("a"), 0, default);
        await HoldsAsync(async () => await frontend.FindAsync("a", default) is { IsDisabled: false });

        var version = frontend.Version;
        await admin.PutAsync(new MailUser("a") { IsDisabled = true }, stored!.Change, default);
        await HoldsAsync(async () => await frontend.FindAsync("a", default) is { IsDisabled: true });
        // A question may reach the storage before the poll that raises the version.
        await HoldsAsync(() => Task.FromResult(frontend.Version > version));

        version = frontend.Version;
        await admin.DeleteAsync("a", default);
        await HoldsAsync(async () => await frontend.FindAsync("a", default) is null);
        // A question may reach the storage before the poll that raises the version.
        await HoldsAsync(() => Task.FromResult(frontend.Version > version));
    }

    // A second, and some for a busy machine.
    private static Task HoldsAsync(Func<Task<bool>> condition) => Eventually.True(condition, TimeSpan.FromSeconds(5), "the change holds");

    private async Task<StoredUsers> StartAsync(SpoolSettings settings)
    {
        var services = new ServiceCollection().AddLogging().AddSpool(settings).BuildServiceProvider();
        foreach (var service in services.GetServices<IHostedService>()) await service.StartAsync(default);
        var users = new StoredUsers(services.GetRequiredService<IUserStore>(), TimeProvider.System, NullLogger.Instance);
        _nodes.Add((services, users));
        return users;
    }
}
