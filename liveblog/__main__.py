from liveblog.cli.main import main

if __name__ == "__main__":  # a process of the pool imports it too
    main()
