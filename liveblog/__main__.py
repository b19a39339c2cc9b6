from liveblog.cli.main import main

if __name__ == "__main__":  # a worker process of the pool imports this module too
    main()
