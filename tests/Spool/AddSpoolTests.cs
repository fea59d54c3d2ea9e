using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Postfleet.Core;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Tests.Postgres;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests;

public sealed class AddSpoolTests
{
    [Fact]
    public async Task The_embedded_spool_starts_stores_and_stops_with_the_host()
    {
        using var folder = new TempFolder("spool");
        var message = Mail.Message("a.test");
        await RunAsync(new SpoolSettings { Path = folder["new/data"] }, async (store, _) => Assert
            .Equal(StoreResult.Stored, await store.StoreAsync(message, default)));
        await RunAsync(new SpoolSettings { Path = folder["new/data"] }, async (_, reader) => Mail
            .AssertSame(message, await reader.ReadAsync(message.Part(), default)));
        Assert.True(File.Exists(folder["new/data/spool.db"]));
    }

    [Fact]
    public async Task The_shared_spool_starts_stores_and_stops_with_the_host()
    {
        var place = new PostgresPlace();
        await place.PrepareAsync();
        var settings = new SpoolSettings { Provider = SpoolProvider.Postgres, ConnectionString = place.ConnectionString };
        await RunAsync(settings, async (store, _) =>
            Assert.Equal(StoreResult.Stored, await store.StoreAsync(Mail.Message("a.test"), default)));
        Assert.Equal(1, await place.CountAsync("message"));
    }

    [Theory]
    [InlineData("Host=/nowhere/at/all;Username=u;Password=geheim;Database=d", "/nowhere/at/all")]
    [InlineData("Hots=localhost;Password=geheim", "connection string")]
    [InlineData("", "names no host")]
    public async Task A_database_that_cannot_be_reached_stops_the_start_without_telling_the_password(string connectionString, string says)
    {
        var e = await Assert.ThrowsAsync<StartFailureException>(() =>
            RunAsync(new SpoolSettings { Provider = SpoolProvider.Postgres, ConnectionString = connectionString },
                (_, _) => Task.CompletedTask));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", e.Message, StringComparison.Ordinal);
    }

    private static async Task RunAsync(SpoolSettings settings, Func<IMessageStore, IPartReader, Task> use)
    {
        await using var services = new ServiceCollection().AddLogging().AddSpool(settings).BuildServiceProvider();
        Assert.Same(services.GetRequiredService<IMessageStore>(), services.GetRequiredService<ICaptureStore>());
        var hosted = services.GetServices<IHostedService>().ToList();
        foreach (var service in hosted) await service.StartAsync(default);
        await use(services.GetRequiredService<IMessageStore>(), services.GetRequiredService<IPartReader>());
        foreach (var service in hosted) await service.StopAsync(default);
    }
}
